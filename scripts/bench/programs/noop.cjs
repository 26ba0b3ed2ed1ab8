/** Dynamic resources that do nothing. */
const { readFileSync } = require("node:fs");
const { CustomResource } = require("@pulumi/pulumi");
const { resources } = JSON.parse(readFileSync("input.json", "utf8"));

/** It is stored twice for each resource. What it lacks does nothing. */
const HANDLER = `exports.handler=()=>({create:async()=>({id:"1",outs:{}})})`;

class Nothing extends CustomResource {
    /** @param {string} name */
    constructor(name) {
        super("pulumi-nodejs:dynamic/bench:Nothing", name, { __provider: HANDLER });
    }
}

for (let index = 1; index <= resources; index++) new Nothing(`nothing-${index}`);
