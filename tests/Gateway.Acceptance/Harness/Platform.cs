using System.Runtime.Versioning;

// Signals, /proc, file modes and Postfix's programs: these tests are at home on Linux, as the product is.
[assembly: SupportedOSPlatform("linux")]
