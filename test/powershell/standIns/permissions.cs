// Owners and lists of permissions, as SDDL. Linux has none of them, so they are kept beside the files, by path.
using System;
using System.Collections.Generic;
using System.IO;
using System.Security.AccessControl;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace WmisecStandIn
{
    public static class Permissions
    {
        // As an installer leaves a file: inherited, in the hands of administrators.
        private const string Default = "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)";

        public static string Of(string path)
        {
            File.GetAttributes(Drives.Of(path));
            JsonNode kept = MachineFolder.Read("permissions", MachineFolder.Key(path));
            return kept == null ? Default : (string)kept;
        }

        public static void Set(string path, string sddl) { MachineFolder.Write(JsonValue.Create(sddl), "permissions", MachineFolder.Key(path)); }
        public static void Forget(string path) { MachineFolder.Remove("permissions", MachineFolder.Key(path)); }

        public static void Copy(string from, string to)
        {
            JsonNode kept = MachineFolder.Read("permissions", MachineFolder.Key(from));
            if (kept == null) Forget(to); else Set(to, (string)kept);
        }

        public static void Move(string from, string to)
        {
            Copy(from, to);
            Forget(from);
        }
    }

    public sealed class Sid
    {
        public string Value { get; }

        public Sid(string word)
        {
            switch (word)
            {
                case "SY": Value = "S-1-5-18"; break;
                case "BA": Value = "S-1-5-32-544"; break;
                case "BU": Value = "S-1-5-32-545"; break;
                case "CO": Value = "S-1-3-0"; break;
                case "WD": Value = "S-1-1-0"; break;
                default: Value = word; break;
            }
        }
    }

    // An entry of a list, by the names of GetAccessRules and by those of a raw descriptor.
    public sealed class Rule
    {
        public Sid IdentityReference { get; set; }
        public Sid SecurityIdentifier { get { return IdentityReference; } }
        public AccessControlType AccessControlType { get; set; }
        public string AceType { get { return AccessControlType == AccessControlType.Allow ? "AccessAllowed" : "AccessDenied"; } }
        public PropagationFlags PropagationFlags { get; set; }
        public int AceFlags { get { return PropagationFlags == PropagationFlags.InheritOnly ? 8 : 0; } }
        public FileSystemRights FileSystemRights { get; set; }
        public int AccessMask { get { return (int)FileSystemRights; } }
    }

    public class SecurityOf
    {
        public string Sddl { get; private set; }

        public SecurityOf() { }
        public SecurityOf(string path, AccessControlSections sections) { Sddl = Permissions.Of(path); }

        public void SetSecurityDescriptorSddlForm(string sddl) { Sddl = sddl; }
        public Sid GetOwner(Type type) { return new Sid(Regex.Match(Sddl, @"^O:(S-[0-9-]+|[A-Z]{2})").Groups[1].Value); }
        public bool AreAccessRulesProtected { get { return Regex.IsMatch(Sddl, @"D:[A-Z]*P"); } }
        public List<Rule> GetAccessRules(bool own, bool inherited, Type type) { return Rules(Sddl); }
        public byte[] GetSecurityDescriptorBinaryForm() { return Encoding.ASCII.GetBytes(Sddl); }

        internal static List<Rule> Rules(string sddl)
        {
            var rules = new List<Rule>();
            foreach (Match entry in Regex.Matches(sddl, @"\((A|D);([A-Z]*);([A-Z]+|0x[0-9a-f]+);;;([^)]+)\)"))
            {
                string rights = entry.Groups[3].Value;
                rules.Add(new Rule
                {
                    AccessControlType = entry.Groups[1].Value == "A" ? AccessControlType.Allow : AccessControlType.Deny,
                    PropagationFlags = entry.Groups[2].Value.Contains("IO") ? PropagationFlags.InheritOnly : PropagationFlags.None,
                    FileSystemRights = (FileSystemRights)(rights == "FA" ? 0x1f01ff : Convert.ToInt32(rights, 16)),
                    IdentityReference = new Sid(entry.Groups[4].Value),
                });
            }
            return rules;
        }
    }

    public sealed class RawSecurity
    {
        public List<Rule> DiscretionaryAcl { get; }

        public RawSecurity(byte[] form, int offset) { DiscretionaryAcl = SecurityOf.Rules(Encoding.ASCII.GetString(form)); }
    }

    public sealed class FileSecurityOf : SecurityOf
    {
        public FileSecurityOf() { }
        public FileSecurityOf(string path, AccessControlSections sections) : base(path, sections) { }
    }

    public sealed class DirectorySecurityOf : SecurityOf
    {
        public DirectorySecurityOf() { }
        public DirectorySecurityOf(string path, AccessControlSections sections) : base(path, sections) { }
    }
}
