/** Where the agent keeps a definition file as it was before the first edit. */
export const backupOf = (file: string): string => `${file}.pulumi-wmisec-backup`;
