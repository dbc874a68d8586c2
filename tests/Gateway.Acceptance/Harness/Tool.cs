using System.ComponentModel;
using System.Diagnostics;

namespace Gateway.Acceptance.Harness;

/// <summary>What a program said and how it ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of the output, without empty ones.</summary>
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Fails the test unless the program ended with 0.</summary>
    public ToolResult Good()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Error}");
        return this;
    }
}

/// <summary>Runs programs to their end, the real peers among them.</summary>
internal static class Tool
{
    /// <summary>Runs a program.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="arguments">Its arguments, one by one; no shell reads them.</param>
    /// <param name="input">What it gets on standard input; null for nothing.</param>
    /// <param name="environment">Variables to set (null takes one away).</param>
    /// <param name="directory">Where it runs; null for the current directory.</param>
    public static async Task<ToolResult> RunAsync(
        string file, IEnumerable<string> arguments, byte[]? input = null, IReadOnlyDictionary<string, string?>? environment = null,
        string? directory = null)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        using Process process = Start(file, arguments, environment, directory);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(ct);
            Task<string> error = process.StandardError.ReadToEndAsync(ct);
            await WriteAsync(process, input ?? [], ct);
            await process.WaitForExitAsync(ct);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts a program with all its streams redirected.</summary>
    public static Process Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? directory = null)
    {
        ProcessStartInfo start = new(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? string.Empty,
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException(
                $"This test needs {file}, which cannot be started ({e.Message}). eng/test.sh installs the peers: postfix, swaks, python3, haproxy, openssl, faketime, iproute2, prometheus-postfix-exporter.", e);
        }
    }

    /// <summary>A program of Postfix, which lies outside a user's path.</summary>
    public static string Postfix(string name) => System(name, "postfix");

    /// <summary>A program of the system, which lies outside a user's path.</summary>
    public static string System(string name, string package)
    {
        string path = Path.Combine("/usr/sbin", name);
        Assert.True(File.Exists(path), $"This test needs {path} (Debian package {package}); eng/test.sh installs it.");
        return path;
    }

    /// <summary>Sends a signal to one process.</summary>
    public static async Task SignalAsync(string signal, int pid) =>
        (await RunAsync("/bin/sh", ["-c", $"kill -{signal} {pid}"])).Good();

    private static async Task WriteAsync(Process process, byte[] input, CancellationToken ct)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, ct);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all: its exit code and output tell why.
        }
    }
}
