using System.Buffers;
using Gateway.Mime;

namespace Gateway.SmtpServerGuard;

/// <summary>A message that was read, and what was found.</summary>
/// <param name="Sender">The reverse-path without brackets; empty for a bounce.</param>
/// <param name="Recipients">The forward-paths without brackets.</param>
/// <param name="Octets">The content with its final CRLF; valid until the call returns.</param>
/// <param name="Report">Verdict and findings.</param>
public sealed record GuardedMail(string Sender, IReadOnlyList<string> Recipients, ReadOnlySequence<byte> Octets, InspectionReport Report);
