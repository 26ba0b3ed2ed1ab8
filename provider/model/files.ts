/** A file on a disk. */
export interface StoredFile {
    /** The spelling at its creation. */
    readonly path: string;
    readonly bytes: Buffer;
    readonly modified: Date;
}

/**
 * The files of one machine that matter to encryption policy, without those of Windows itself. Paths are absolute, have backslashes and are
 * case-insensitive. A folder exists if somebody created it or if it has a file.
 */
export class Files {
    private readonly files = new Map<string, StoredFile>();
    /** By path in lower case: the original spelling. */
    private readonly folders = new Map<string, string>();

    /** Everything that exists, sorted: paths of files, and of created folders without files, which end with a backslash. */
    list(): readonly string[] {
        const empty = [...this.folders.values()].filter((folder) => this.namesIn(folder).length === 0);
        return [...[...this.files.values()].map(({ path }) => path), ...empty.map((folder) => `${folder}\\`)].sort();
    }

    get(path: string): StoredFile | undefined {
        return this.files.get(path.toLowerCase());
    }

    /** The file's bytes as text, one character per byte; undefined if there is no file. */
    text(path: string): string | undefined {
        return this.get(path)?.bytes.toString("latin1");
    }

    /**
     * Creates the file or replaces its content.
     * @throws TypeError for another form of path, which would be a file that nobody reads
     */
    write(path: string, bytes: Uint8Array, modified = new Date()): void {
        if (!/^[A-Za-z]:(?:\\[^\\/]+)+$/.test(path))
            throw new TypeError(`${JSON.stringify(path)} is not the path of a file on the machine: write it as C:\\Contoso\\contoso.mof`);
        this.files.set(path.toLowerCase(), { path: this.get(path)?.path ?? path, bytes: Buffer.from(bytes), modified });
    }

    /** Deleting a missing file is not an error. */
    delete(path: string): void {
        this.files.delete(path.toLowerCase());
    }

    /** Names of the files in the folder, without those in its subfolders. */
    namesIn(folder: string): readonly string[] {
        const prefix = `${folder.toLowerCase()}\\`;
        return [...this.files]
            .filter(([key]) => key.startsWith(prefix) && !key.slice(prefix.length).includes("\\"))
            .map(([, { path }]) => path.slice(prefix.length));
    }

    /** Leaves an existing folder as it is. */
    makeFolder(path: string): void {
        if (!this.folders.has(path.toLowerCase())) this.folders.set(path.toLowerCase(), path);
    }

    removeFolderIfEmpty(path: string): void {
        if (this.namesIn(path).length === 0) this.folders.delete(path.toLowerCase());
    }

    /** Resets to a fresh installation of Windows. */
    reset(): void {
        this.files.clear();
        this.folders.clear();
    }
}
