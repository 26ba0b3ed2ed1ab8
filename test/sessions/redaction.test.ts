import { Redaction } from "../../provider/sessions/redaction";

test("takes out what it knows, everywhere, the longest first", () => {
    const redaction = new Redaction();
    for (const secret of ["hunter", "hunter2-long"]) redaction.add(secret);
    expect(redaction.apply("it was hunter2-long, not hunter; hunter2-long")).toBe("it was [secret], not [secret]; [secret]");
});

test("takes out single lines of a key, and leaves what is too short to be told from words", () => {
    const redaction = new Redaction();
    redaction.add("-----BEGIN KEY-----\nAAAAB3NzaC1yc2EAAAADAQABAAABgQ\nabc\n-----END KEY-----");
    redaction.add("abc");
    expect(redaction.apply("abc: AAAAB3NzaC1yc2EAAAADAQABAAABgQ!")).toBe("abc: [secret]!");
});
