import { MofNotSimulated } from "./mofErrors";
import type { MofFile, MofInstance } from "./mofParser";
import { namespaceKey } from "./namespaceTree";

/**
 * System classes whose instances may be in any namespace (MicrosoftDocs/win32 desktop-src/WmiSdk/wmi-system-classes.md): providers,
 * permanent event subscriptions, timers, and settings of the WMI service. None affects what the model shows.
 */
const SYSTEM_CLASSES = new Set(
    (
        "__win32provider __classproviderregistration __instanceproviderregistration __methodproviderregistration " +
        "__eventproviderregistration __propertyproviderregistration __eventconsumerproviderregistration " +
        "__eventfilter __filtertoconsumerbinding __absolutetimerinstruction __intervaltimerinstruction " +
        "__arbitratorconfiguration __providerhostquotaconfiguration __eventconsumerprovidercachecontrol __eventprovidercachecontrol " +
        "__eventsinkcachecontrol __objectprovidercachecontrol __propertyprovidercachecontrol"
    ).split(" "),
);

/** Classes in root\subscription (WmiSdk/standard-consumer-classes.md). */
const STANDARD_CONSUMERS = new Set(
    "activescripteventconsumer commandlineeventconsumer logfileeventconsumer nteventlogeventconsumer smtpeventconsumer".split(" "),
);

/** Prefixes of Windows' own classes. The model has none of them. */
const OF_WINDOWS = /^(?:cim|msft|win32)_/i;

/** Whether instances of this class, which the file itself does not declare, are accepted and dropped. */
export const hasInstancesWithoutEffect = (className: string, namespace: string): boolean =>
    SYSTEM_CLASSES.has(className.toLowerCase()) ||
    (STANDARD_CONSUMERS.has(className.toLowerCase()) && namespaceKey(namespace) === "root/subscription");

/** @throws MofNotSimulated for an instance of a class that only Windows has */
export function checkIsSimulated({ className, firstLine }: MofInstance, objects: MofFile["objects"]): void {
    const isDeclared = objects.some((object) => object.kind === "class" && object.name.toLowerCase() === className.toLowerCase());
    if (!isDeclared && OF_WINDOWS.test(className)) throw new MofNotSimulated(`instances of ${className}`, firstLine);
}
