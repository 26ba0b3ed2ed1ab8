/** Prints the manifests of all shards: `node manifests.mjs | kubectl apply -f -`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @type {{ shards: number }} */
const { shards } = JSON.parse(readFileSync(join(import.meta.dirname, "inventory.json"), "utf8"));
const stack = readFileSync(join(import.meta.dirname, "operator/stack.yaml"), "utf8");
for (let shard = 0; shard < shards; shard++) console.log(`---\n${stack.replaceAll("SHARD", String(shard))}`);
