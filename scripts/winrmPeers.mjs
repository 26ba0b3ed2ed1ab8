/**
 * Prepares a Python with the WinRM clients that tests run against our simulated hosts (test/winrm/peers). Prints one line of JSON:
 * `{ python, noKerberos }`; or `{ missing }`, the reason why there is no such Python, for the skipped tests. `noKerberos` is empty, or the reason
 * why this Python has no Kerberos: its packages are compiled and need the headers of MIT's Kerberos.
 */
import { fileURLToPath } from "node:url";
import { pythonWith } from "./pythonPackages.mjs";

const made = await pythonWith({
    name: "winrm-peers",
    title: "pywinrm and pypsrp",
    requirements: fileURLToPath(new URL("../test/winrm/peers/requirements.txt", import.meta.url)),
    optional: { title: "the Python packages gssapi and krb5", packages: ["decorator==5.3.1", "gssapi==1.12.0", "krb5==0.10.0"] },
});
console.log(JSON.stringify("missing" in made ? made : { python: made.python, noKerberos: made.without }));
