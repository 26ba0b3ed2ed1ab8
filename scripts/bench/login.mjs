import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKeyPair } from "../../dist/provider/simulator/keyPair.js";

/** The variable with the password, for what has no keys. */
export const PASSWORD_VARIABLE = "WMISEC_BENCH_PASSWORD";

/** Who logs in on all hosts: by a key over SSH, on each side of a comparison, and by a password over WinRM. */
export class Login {
    user = "svc-pulumi";
    password = randomBytes(12).toString("base64url");
    folder = mkdtempSync(join(tmpdir(), "wmisec-bench-"));
    keyFile = join(this.folder, "key");

    constructor() {
        const { private: privateKey, public: publicKey } = newKeyPair();
        this.privateKey = privateKey;
        this.publicKey = publicKey;
        writeFileSync(this.keyFile, privateKey, { mode: 0o600 });
    }

    dispose() {
        rmSync(this.folder, { recursive: true, force: true });
    }
}
