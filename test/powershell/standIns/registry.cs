// HKEY_LOCAL_MACHINE. A key is a folder with its values and its own path in the file `key`.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Microsoft.Win32;

namespace WmisecStandIn
{
    public sealed class Key : IDisposable
    {
        private readonly string path;
        private readonly bool writable;

        private Key(string path, bool writable) { this.path = path; this.writable = writable; }

        public static Key OpenBaseKey(RegistryHive hive, RegistryView view)
        {
            if (hive != RegistryHive.LocalMachine || view != RegistryView.Registry64) throw new ArgumentException("the stand-in has the 64-bit view of HKLM only");
            return new Key("", true);
        }

        public string Name { get { return "HKEY_LOCAL_MACHINE\\" + path; } }
        public int ValueCount { get { return GetValueNames().Length; } }
        public int SubKeyCount { get { return GetSubKeyNames().Length; } }

        public Key OpenSubKey(string name) { return OpenSubKey(name, false); }

        public Key OpenSubKey(string name, bool writable)
        {
            string below = Below(name);
            return Exists(below) ? new Key(below, writable) : null;
        }

        public Key CreateSubKey(string name)
        {
            string below = Below(name);
            for (int end = below.IndexOf('\\'); ; end = below.IndexOf('\\', end + 1))
            {
                string one = end < 0 ? below : below.Substring(0, end);
                if (!Exists(one))
                {
                    Directory.CreateDirectory(FolderOf(one));
                    MachineFolder.Write(JsonValue.Create(one), "registry", MachineFolder.Key(one), "key");
                }
                if (end < 0) return new Key(below, true);
            }
        }

        public void DeleteSubKey(string name, bool throwOnMissing)
        {
            string below = Below(name);
            if (Exists(below)) Directory.Delete(FolderOf(below), true);
            else if (throwOnMissing) throw new ArgumentException("there is no key " + below);
        }

        public string[] GetSubKeyNames()
        {
            return Directory.GetDirectories(MachineFolder.In("registry"))
                .Select(folder => MachineFolder.Read("registry", Path.GetFileName(folder), "key"))
                .Where(own => own != null)
                .Select(own => (string)own)
                .Where(own => own.StartsWith(path + "\\", StringComparison.OrdinalIgnoreCase))
                .Select(own => own.Substring(path.Length + 1).Split('\\')[0])
                .Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        }

        public string[] GetValueNames()
        {
            var names = new List<string>();
            foreach (string file in Directory.GetFiles(FolderOf(path)))
            {
                string name = Path.GetFileName(file);
                if (name == "key" || name.StartsWith('.')) continue;
                JsonNode value = MachineFolder.Read("registry", MachineFolder.Key(path), name);
                if (value != null) names.Add((string)value["name"]);
            }
            return names.ToArray();
        }

        public RegistryValueKind GetValueKind(string name)
        {
            JsonNode value = Find(name);
            if (value == null) throw new IOException("The specified registry key does not exist.");
            switch ((string)value["data"]["kind"])
            {
                case "REG_SZ": return RegistryValueKind.String;
                case "REG_EXPAND_SZ": return RegistryValueKind.ExpandString;
                case "REG_MULTI_SZ": return RegistryValueKind.MultiString;
                case "REG_DWORD": return RegistryValueKind.DWord;
                case "REG_QWORD": return RegistryValueKind.QWord;
                case "REG_BINARY": return RegistryValueKind.Binary;
                default: return RegistryValueKind.None;
            }
        }

        public object GetValue(string name) { return GetValue(name, null); }
        public object GetValue(string name, object absent) { return GetValue(name, absent, RegistryValueOptions.None); }

        public object GetValue(string name, object absent, RegistryValueOptions options)
        {
            JsonNode value = Find(name);
            if (value == null) return absent;
            JsonNode data = value["data"]["value"];
            switch (GetValueKind(name))
            {
                case RegistryValueKind.String: return (string)data;
                case RegistryValueKind.ExpandString:
                    return options == RegistryValueOptions.None ? Environment.ExpandEnvironmentVariables((string)data) : (string)data;
                case RegistryValueKind.MultiString: return data.AsArray().Select(line => (string)line).ToArray();
                case RegistryValueKind.DWord: return unchecked((int)(uint)data);
                case RegistryValueKind.QWord: return unchecked((long)ulong.Parse((string)data, System.Globalization.CultureInfo.InvariantCulture));
                default: return Convert.FromHexString((string)data);
            }
        }

        public void SetValue(string name, object raw, RegistryValueKind kind)
        {
            if (!writable) throw new UnauthorizedAccessException("Cannot write to the registry key.");
            var data = new JsonObject { ["kind"] = KindName(kind), ["value"] = ToJson(raw, kind) };
            MachineFolder.Write(new JsonObject { ["name"] = name, ["data"] = data }, "registry", MachineFolder.Key(path), MachineFolder.Key(name));
        }

        public void DeleteValue(string name, bool throwOnMissing)
        {
            if (!writable) throw new UnauthorizedAccessException("Cannot write to the registry key.");
            if (throwOnMissing && Find(name) == null) throw new ArgumentException("No value exists with that name.");
            MachineFolder.Remove("registry", MachineFolder.Key(path), MachineFolder.Key(name));
        }

        public void Close() { }
        public void Dispose() { }

        private JsonNode Find(string name) { return MachineFolder.Read("registry", MachineFolder.Key(path), MachineFolder.Key(name)); }
        private string Below(string name) { return path == "" ? name : path + "\\" + name; }
        private static string FolderOf(string path) { return MachineFolder.In("registry", MachineFolder.Key(path)); }
        private static bool Exists(string path) { return File.Exists(MachineFolder.In("registry", MachineFolder.Key(path), "key")); }

        private static string KindName(RegistryValueKind kind)
        {
            switch (kind)
            {
                case RegistryValueKind.String: return "REG_SZ";
                case RegistryValueKind.ExpandString: return "REG_EXPAND_SZ";
                case RegistryValueKind.MultiString: return "REG_MULTI_SZ";
                case RegistryValueKind.DWord: return "REG_DWORD";
                case RegistryValueKind.QWord: return "REG_QWORD";
                case RegistryValueKind.Binary: return "REG_BINARY";
                case RegistryValueKind.None: return "REG_NONE";
                default: throw new ArgumentException("the stand-in has no kind " + kind);
            }
        }

        // As .NET does it: each kind from one type only.
        private static JsonNode ToJson(object raw, RegistryValueKind kind)
        {
            switch (kind)
            {
                case RegistryValueKind.String:
                case RegistryValueKind.ExpandString: return (string)raw;
                case RegistryValueKind.MultiString: return new JsonArray(((string[])raw).Select(line => (JsonNode)JsonValue.Create(line)).ToArray());
                case RegistryValueKind.DWord: return unchecked((uint)(int)raw);
                case RegistryValueKind.QWord: return unchecked((ulong)(long)raw).ToString(System.Globalization.CultureInfo.InvariantCulture);
                default: return Convert.ToHexString((byte[])raw).ToLowerInvariant();
            }
        }
    }
}
