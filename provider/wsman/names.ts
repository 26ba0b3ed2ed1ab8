/** Namespaces of WS-Management messages, as MS-WSMV names them. */
export const NS = {
    soap: "http://www.w3.org/2003/05/soap-envelope",
    addressing: "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    wsman: "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    microsoft: "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    shell: "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    fault: "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
} as const;

/** The shell that runs any program (MS-WSMV 3.1.4). */
export const CMD_SHELL = `${NS.shell}/cmd`;

export const ACTIONS = {
    create: "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create",
    delete: "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete",
    command: `${NS.shell}/Command`,
    send: `${NS.shell}/Send`,
    receive: `${NS.shell}/Receive`,
    signal: `${NS.shell}/Signal`,
} as const;
export type Operation = keyof typeof ACTIONS;

export const FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault";
export const TERMINATE = `${NS.shell}/signal/terminate`;
export const STATE_DONE = `${NS.shell}/CommandState/Done`;
export const STATE_RUNNING = `${NS.shell}/CommandState/Running`;
export const ANONYMOUS = `${NS.addressing}/role/anonymous`;

export const SOAP_TYPE = "application/soap+xml;charset=UTF-8";

/** The `Authorization` header of a client that logs in with its certificate. */
export const MUTUAL_TLS = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";
