// Files and folders by their paths on Windows: on drives, with backslashes, in any case.
using System;
using System.IO;
using System.Linq;
using System.Security.AccessControl;

namespace WmisecStandIn
{
    public static class Drives
    {
        // C:\Contoso\a.mof lies in drives/c/contoso/a.mof. A path of Linux, such as PowerShell's own folder, is one.
        public static string Of(string path)
        {
            if (path.StartsWith('/')) return path;
            if (path.Length < 3 || path[1] != ':' || path[2] != '\\') throw new ArgumentException("the stand-in takes absolute paths only: " + path);
            string[] names = path.ToLowerInvariant().Split('\\', StringSplitOptions.RemoveEmptyEntries);
            names[0] = names[0].TrimEnd(':');
            return MachineFolder.In(names.Prepend("drives").ToArray());
        }
    }

    public static class FileOf
    {
        public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share) { return new FileStream(Drives.Of(path), mode, access, share); }
        public static bool Exists(string path) { return File.Exists(Drives.Of(path)); }
        public static FileAttributes GetAttributes(string path) { return File.GetAttributes(Drives.Of(path)); }
        public static void SetAttributes(string path, FileAttributes attributes) { File.SetAttributes(Drives.Of(path), attributes); }
        public static byte[] ReadAllBytes(string path) { return File.ReadAllBytes(Drives.Of(path)); }

        public static void Delete(string path)
        {
            File.Delete(Drives.Of(path));
            Permissions.Forget(path);
        }

        public static void Move(string from, string to)
        {
            File.Move(Drives.Of(from), Drives.Of(to));
            Permissions.Move(from, to);
        }

        // The list of permissions stays with the name.
        public static void Replace(string fresh, string path, string aside)
        {
            File.Replace(Drives.Of(fresh), Drives.Of(path), Drives.Of(aside));
            Permissions.Copy(path, aside);
            Permissions.Forget(fresh);
        }
    }

    public static class DirectoryOf
    {
        public static bool Exists(string path) { return Directory.Exists(Drives.Of(path)); }
        public static string[] GetFiles(string path) { return Directory.GetFiles(Drives.Of(path)).Select(file => PathOf.Combine(path, Path.GetFileName(file))).ToArray(); }
        public static string[] GetFiles(string path, string pattern) { return Directory.GetFiles(Drives.Of(path), pattern).Select(file => PathOf.Combine(path, Path.GetFileName(file))).ToArray(); }
        public static string[] GetFileSystemEntries(string path) { return Directory.GetFileSystemEntries(Drives.Of(path)).Select(file => PathOf.Combine(path, Path.GetFileName(file))).ToArray(); }

        // Fails while something is in it.
        public static void Delete(string path)
        {
            Directory.Delete(Drives.Of(path));
            Permissions.Forget(path);
        }
    }

    public static class PathOf
    {
        public static string Combine(string one, string two) { return one.StartsWith('/') ? Path.Combine(one, two) : one.TrimEnd('\\') + "\\" + two; }
        public static string Combine(string one, string two, string three) { return Combine(Combine(one, two), three); }
        public static string GetFileName(string path) { return path.Substring(path.LastIndexOf('\\') + 1); }
        public static string GetDirectoryName(string path) { int cut = path.LastIndexOf('\\'); return cut < 0 ? "" : path.Substring(0, cut == 2 ? 3 : cut); }
    }

    public sealed class FileStreamOf : FileStream
    {
        public FileStreamOf(string path, FileMode mode, FileAccess access, FileShare share) : base(Drives.Of(path), mode, access, share) { }
        public FileStreamOf(string path, FileMode mode, FileAccess access, FileShare share, int size, FileOptions options)
            : base(Drives.Of(path), mode, access, share, size, options) { }
    }

    public sealed class FileInfoOf
    {
        public string FullName { get; }

        public long Length { get { return new FileInfo(Drives.Of(FullName)).Length; } }

        public FileInfoOf(string path) { FullName = path; }
    }

    // What .NET has in System.IO.FileSystemAclExtensions.
    public static class AclExtensions
    {
        public static FileStream Create(FileInfoOf info, FileMode mode, FileSystemRights rights, FileShare share, int size, FileOptions options, FileSecurityOf security)
        {
            var stream = new FileStream(Drives.Of(info.FullName), mode, FileAccess.Write, share, size, options);
            Permissions.Set(info.FullName, security.Sddl);
            return stream;
        }

        public static void CreateDirectory(DirectorySecurityOf security, string path)
        {
            Directory.CreateDirectory(Drives.Of(path));
            Permissions.Set(path, security.Sddl);
        }
    }
}
