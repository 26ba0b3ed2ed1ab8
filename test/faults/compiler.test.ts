import { always, everywhere, namespacesOnly, writes, writing } from "./cells";
import { faultTable } from "./faultTable";
import { on, type Row } from "./row";

/** The MOF compiler, and the files that it is given. */
faultTable([
    { name: "mofcomp exit 1", light: on("mofcompExit", { exit: 1 }), cells: namespacesOnly(writing("mofRejected")), says: /exit 1/ },
    { name: "mofcomp exit 2", light: on("mofcompExit", { exit: 2 }), cells: namespacesOnly(writing("mofRejected")), says: /exit 2/ },
    { name: "mofcomp exit 3", light: on("mofcompExit", { exit: 3 }), cells: namespacesOnly(writing("mofSyntax")), says: /exit 3/ },
    {
        name: "mofcomp's success text with exit 1",
        light: on("mofcompExit", { exit: 1, output: "Done!" }),
        cells: namespacesOnly(writing("mofRejected")),
        says: /Done!/,
    },
    {
        name: "mofcomp exit 0xd0000022",
        light: on("mofcompExit", { exit: -0x2fffffde }),
        cells: namespacesOnly(writing("mofRejected")),
        says: /0xd0000022/,
    },
    {
        name: "mofcomp hangs",
        light: on("mofcompHangs", {}),
        hangs: "compiler",
        cells: namespacesOnly(writing("mofcompFailed")),
        says: /mofcomp/,
    },
    {
        name: "a mofcomp of a killed run still runs",
        light: on("compilerStillRuns", {}),
        cells: writes("compilerStillRuns"),
        says: /Get-Process mofcomp/,
    },
    { name: "files are read-only", light: on("fileReadOnly", {}), cells: namespacesOnly(writing("fileReadOnly")), says: /attrib -r/ },
    {
        name: "mofcomp says done, nothing is stored",
        light: on("mofcompStoresNothing", {}),
        // A release does not fail because of what is left, but it is told.
        cells: namespacesOnly(writing("readBackDiffers")),
        says: /reported as done/,
    },
    {
        name: "our folder for MOF files is unsafe",
        light: on("mofFolderUnsafe", {}),
        // A look at a registered file looks at its folder, too.
        cells: namespacesOnly(always("mofFolderUnsafe")),
        says: /S-1-5-32-545/,
    },
    {
        name: "mofcomp is blocked by a policy",
        light: on("mofcompBlocked", {}),
        cells: namespacesOnly(writing("mofcompFailed")),
        says: /compiler: "api"/,
    },
    {
        name: "mofcomp is blocked, the API compiles",
        compiler: "api",
        light: on("mofcompBlocked", {}),
        cells: everywhere("fine"),
        says: /./,
    },
    {
        name: "the compiler's API is not there",
        compiler: "api",
        light: on("compilerApiMissing", {}),
        cells: namespacesOnly(writing("hostError")),
        says: /COM/,
    },
    ...[true, false].map(
        (stored): Row => ({
            name: `mofcomp says done and ends with 1, ${stored ? "having stored" : "nothing stored"}`,
            light: on("mofcompSaysDoneButFails", { stored }),
            cells: namespacesOnly(writing("mofRejected")),
            says: /exit 1/,
        }),
    ),
]);
