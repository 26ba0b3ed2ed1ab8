/** Bytes for one listener. Keeps them until it listens. */
export class Output {
    #kept: Buffer[] = [];
    #listener = (chunk: Buffer): void => {
        this.#kept.push(chunk);
    };

    readonly take = (chunk: Buffer): void => this.#listener(chunk);

    listen(listener: (chunk: Buffer) => void): void {
        this.#listener = listener;
        for (const chunk of this.#kept.splice(0)) listener(chunk);
    }
}
