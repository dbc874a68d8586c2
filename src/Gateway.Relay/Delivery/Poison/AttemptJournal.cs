using System.Globalization;
using System.Text;
using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Message;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Poison;

/// <summary>The failed attempts of one parcel, newest last; made at the first failure, so that clean mail has none.</summary>
/// <remarks>Threads: the worker that has the parcel changes it; anybody may read the notes, which are replaced whole.</remarks>
internal sealed class AttemptJournal
{
    /// <summary>Notes kept: enough for any verdict.</summary>
    private const int Kept = 8;

    private volatile AttemptNote[] _notes;
    private Ended? _last;
    private Ended? _before;

    public AttemptJournal(IEnumerable<AttemptNote> notes)
    {
        _notes = [.. notes];
        IsSuspicious = _notes.Any(Blame.IsSuspicious);
    }

    /// <summary>The notes, oldest first.</summary>
    public IReadOnlyList<AttemptNote> Notes => _notes;

    /// <summary>True when an attempt failed behind DATA.</summary>
    public bool IsSuspicious { get; private set; }

    /// <summary>True when the message is poison by what is known now.</summary>
    public bool Convicts => IsSuspicious && Blame.Convicts(_notes);

    /// <summary>Adds what happened to others at the host since the last attempt: it is evidence about that attempt too.</summary>
    public void Review(HostHealth health)
    {
        if (_last is null)
        {
            return;
        }

        AttemptNote[] notes = [.. _notes.AsSpan(..^1), _last.Review(health)];
        if (notes.Length > 1 && notes[^1].AtOnce && notes[^2].Passed == 0)
        {
            // Nothing had the time to pass between two attempts on the heels of each other: what passed since tells about both.
            notes[^2] = _before is not null && _before.Mark.Host != _last.Mark.Host ? _before.Review(health) : notes[^2] with { Passed = notes[^1].Passed };
        }

        _notes = notes;
    }

    /// <summary>Notes a failed attempt.</summary>
    /// <param name="note">The attempt.</param>
    /// <param name="health">The hosts.</param>
    /// <param name="begin">What had passed and failed at the host when it began.</param>
    /// <param name="now">The timestamp of its end.</param>
    public void Add(AttemptNote note, HostHealth health, HostMark begin, long now)
    {
        if (begin.Host is DownstreamHost host)
        {
            HostMark since = _last?.Mark.Host == host ? _last.Mark : _before?.Mark.Host == host ? _before.Mark : begin;
            bool counted = Blame.IsSuspicious(note) && note.Step == DeliveryStep.FinalDot;
            if (counted)
            {
                health.Fail(host, note.Outcome == DeliveryOutcome.Disconnected);
            }

            HostMark end = health.Mark(host);
            note = note with { Passed = end.Passes - since.Passes, Failed = end.Failures - since.Failures - (counted ? 1 : 0) };
            _before = _last;
            _last = new Ended(note, end, now);
        }

        AttemptNote[] before = _notes;
        _notes = [.. before.AsSpan(Math.Max(0, before.Length + 1 - Kept)), note];
        IsSuspicious |= Blame.IsSuspicious(note);
        Review(health);
    }

    /// <summary>The steps of an attempt with their times, in seconds from MAIL.</summary>
    public static string Transcript(DeliveryReport report)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"use {report.ConnectionUse} of the connection");
        if (report.ConnectTime > TimeSpan.Zero)
        {
            text.Append(CultureInfo.InvariantCulture, $" (made in {report.ConnectTime.TotalSeconds:0.000} s)");
        }

        Step("MAIL answered", DeliveryStep.Recipient, report.Steps.Recipient);
        Step("RCPT answered", DeliveryStep.Data, report.Steps.Data);
        Step("DATA answered", DeliveryStep.Body, report.Steps.Body);
        Step("end of data", DeliveryStep.FinalDot, report.Steps.FinalDot);
        text.Append(CultureInfo.InvariantCulture, $", ended at {report.TransmissionTime.TotalSeconds:0.000} s in step {report.Reached}");
        return text.ToString();

        void Step(string name, DeliveryStep step, TimeSpan at)
        {
            if (report.Reached >= step)
            {
                text.Append(CultureInfo.InvariantCulture, $", {name} {at.TotalSeconds:0.000} s");
            }
        }
    }

    /// <summary>A note in one line, for evidence and log.</summary>
    public static string Describe(AttemptNote note) => string.Create(
        CultureInfo.InvariantCulture,
        $"{note.At:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {note.Host}, {(note.Suspect ? "suspect" : "clean")} lane: {note.Steps}, {note.Outcome} ({note.Reply}); meanwhile there {note.Passed} passed, {note.Failed} failed, {note.Dropped} dropped with it; strike {Blame.Weigh(note)}");

    /// <summary>An attempt as it ended, and how its host stood then.</summary>
    private sealed record Ended(AttemptNote Note, HostMark Mark, long At)
    {
        public AttemptNote Review(HostHealth health)
        {
            HostMark now = health.Mark(Mark.Host!);
            return Note with
            {
                Passed = Note.Passed + now.Passes - Mark.Passes,
                Failed = Note.Failed + now.Failures - Mark.Failures,
                Dropped = Note.Outcome == DeliveryOutcome.Disconnected ? Math.Max(0, health.DropsAround(Mark.Host!, At) - 1) : 0,
            };
        }
    }
}
