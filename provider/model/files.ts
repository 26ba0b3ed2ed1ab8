/** A file as it lies on a disk. */
export interface StoredFile {
    /** As it was spelled when it was made. */
    readonly path: string;
    readonly bytes: Buffer;
    readonly modified: Date;
}

/**
 * The files of one machine that matter to encryption policy, without those that Windows itself brings. Paths are absolute, with
 * backslashes, and compared without case. A folder is there when somebody made it or a file lies in it.
 */
export class Files {
    private readonly files = new Map<string, StoredFile>();
    /** By path in lower case: as spelled when made. */
    private readonly folders = new Map<string, string>();

    /** Everything that is there, sorted: paths of files, and of made folders that hold no file, with a backslash at their end. */
    list(): readonly string[] {
        const empty = [...this.folders.values()].filter((folder) => this.namesIn(folder).length === 0);
        return [...[...this.files.values()].map(({ path }) => path), ...empty.map((folder) => `${folder}\\`)].sort();
    }

    get(path: string): StoredFile | undefined {
        return this.files.get(path.toLowerCase());
    }

    /** The file's bytes as text, each byte a character; undefined where there is no file. */
    text(path: string): string | undefined {
        return this.get(path)?.bytes.toString("latin1");
    }

    /**
     * Makes the file or replaces what is in it.
     * @throws TypeError for a path in another spelling: it would be another file here, which nobody reads
     */
    write(path: string, bytes: Uint8Array, modified = new Date()): void {
        if (!/^[A-Za-z]:(?:\\[^\\/]+)+$/.test(path))
            throw new TypeError(`${JSON.stringify(path)} is no path of a file on the machine: write it as C:\\Contoso\\contoso.mof`);
        this.files.set(path.toLowerCase(), { path: this.get(path)?.path ?? path, bytes: Buffer.from(bytes), modified });
    }

    /** A file that is not there is no error. */
    delete(path: string): void {
        this.files.delete(path.toLowerCase());
    }

    /** Names of the files in the folder, without those in folders below it. */
    namesIn(folder: string): readonly string[] {
        const prefix = `${folder.toLowerCase()}\\`;
        return [...this.files]
            .filter(([key]) => key.startsWith(prefix) && !key.slice(prefix.length).includes("\\"))
            .map(([, { path }]) => path.slice(prefix.length));
    }

    /** One that is there is left as it is. */
    makeFolder(path: string): void {
        if (!this.folders.has(path.toLowerCase())) this.folders.set(path.toLowerCase(), path);
    }

    removeFolderIfEmpty(path: string): void {
        if (this.namesIn(path).length === 0) this.folders.delete(path.toLowerCase());
    }

    /** As after an installation of Windows. */
    reset(): void {
        this.files.clear();
        this.folders.clear();
    }
}
