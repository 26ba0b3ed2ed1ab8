declare module "postject" {
    /** Adds a resource to an executable, in place. */
    export function inject(
        filename: string,
        resourceName: string,
        resource: Buffer,
        options: { readonly sentinelFuse: string; readonly machoSegmentName?: string },
    ): Promise<void>;
}
