/** What to do about a definition file, or its folder, that others than administrators may change. */
export const UNSAFE_FILE =
    "let only SYSTEM, Administrators and TrustedInstaller write to the file and its folder (icacls shows who may), and see that neither is a link and the file is no folder; then run again";

/** What to do where something sets back what we wrote. */
export const SEE_WHO_SETS_BACK =
    "see on the host who sets it back (a group policy, a MOF that is recompiled, an installer); then run again";

/** Where a definition file, or its folder, can't be written. */
export const LET_WRITE = "let Administrators write to the file and its folder (icacls shows who may, and changes it), then run again";

/** Where a definition file is no MOF that we can edit. */
export const PUT_FILE_RIGHT =
    "put the file right (mofcomp -check FILE on the host says what it thinks of it), or take definitionMof out, and the flag alone is set";
