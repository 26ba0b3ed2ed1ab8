/** What each side sets on each host: the flag of three namespaces, and one registry value. */

/** Namespaces that a simulated host has besides those of Windows, and their flags. */
export const CONTOSO = { "root/Contoso": null, "root/Contoso/Billing": null };
export const NAMESPACES = ["root/cimv2", ...Object.keys(CONTOSO)];
/** Single settings of a host, for tools that set one at a time. */
export const SETTINGS = NAMESPACES.length + 1;

/** @param {import("../../dist/provider/simulator/index.js").WindowsMachine} machine */
export function isDeclared(machine) {
    const value = machine.value("SOFTWARE\\Microsoft\\WBEM\\CIMOM", "UnsecAppAccessControlDefault");
    return NAMESPACES.every((path) => machine.flag(path) === true) && value !== "absent" && value.value === "1";
}
