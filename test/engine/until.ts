/** Looks every `interval` milliseconds. @returns whether it came true in time */
export async function until(condition: () => boolean, seconds: number, interval = 50): Promise<boolean> {
    for (let tries = 0; tries < (seconds * 1000) / interval; tries += 1) {
        if (condition()) return true;
        await new Promise((resolve) => setTimeout(resolve, interval));
    }
    return condition();
}
