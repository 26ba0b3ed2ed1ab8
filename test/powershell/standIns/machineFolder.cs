// The folder in which a host's state lies (test/powershell/machineFolder.ts says how), as processes of that host see it. Each fact is a
// file of its own and is replaced whole, so that a process that is killed leaves no half of one.
using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace WmisecStandIn
{
    public static class MachineFolder
    {
        public static readonly string Root = Environment.GetEnvironmentVariable("WMISEC_MACHINE");

        // A file's name for any name, in any case.
        public static string Key(string name)
        {
            return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name.ToLowerInvariant()))).ToLowerInvariant();
        }

        public static JsonNode Read(params string[] at)
        {
            try { return JsonNode.Parse(File.ReadAllText(In(at))); }
            catch (FileNotFoundException) { return null; }
            catch (DirectoryNotFoundException) { return null; }
        }

        public static void Write(JsonNode fact, params string[] at)
        {
            string file = In(at);
            string fresh = Path.Combine(Path.GetDirectoryName(file), "." + Guid.NewGuid().ToString("N"));
            File.WriteAllText(fresh, fact.ToJsonString());
            File.Move(fresh, file, true);
        }

        public static void Remove(params string[] at) { File.Delete(In(at)); }

        public static string In(params string[] at)
        {
            string path = Root;
            foreach (string part in at) path = Path.Combine(path, part);
            return path;
        }
    }
}
