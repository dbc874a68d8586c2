namespace Gateway.Lab.Grammar;

/// <summary>Who the message says it is from.</summary>
internal static class FromTricks
{
    private const string Mailbox = "RFC 5322 3.4, 3.6.2";
    private const string Sender = "RFC 5322 3.6.2: several authors need one Sender";
    private const string One = "bank.example";

    public static IEnumerable<Trick> All()
    {
        (string Variant, Standing Standing, string Clause, string From, string? Sender)[] rows =
        [
            ("open-group", Standing.Broken, Mailbox, "For you: Bank <a@bank.example>", null),
            ("open-group-without-name", Standing.Broken, Mailbox, ": Bank <a@bank.example>", null),
            ("open-group-of-two", Standing.Broken, Mailbox, "Board: a@bank.example, b@thief.example", "a@bank.example"),
            ("two-without-sender", Standing.Broken, Sender, "a@bank.example, b@thief.example", null),
            ("two-with-sender-of-two", Standing.Broken, Sender, "a@bank.example, b@thief.example", "a@bank.example, b@thief.example"),
            ("two-with-sender-without-domain", Standing.Broken, Sender, "a@bank.example, b@thief.example", "bank"),
            ("first-without-domain", Standing.Broken, Mailbox, $"{One}, b@thief.example", "b@thief.example"),
            ("first-in-angles-without-domain", Standing.Broken, Mailbox, $"<{One}>, b@thief.example", "b@thief.example"),
            ("words-alone", Standing.Broken, Mailbox, "Your Bank", null),
            ("quoted-words-alone", Standing.Broken, Mailbox, "\"Your Bank\"", null),
            ("quoted-address-alone", Standing.Broken, Mailbox, "\"a@bank.example\"", null),
            ("brackets-in-name", Standing.Broken, Mailbox, $"{One} [EU] <b@thief.example>", null),
            ("open-bracket-in-name", Standing.Broken, Mailbox, $"{One} [EU <b@thief.example>", null),
            ("backslash-in-name", Standing.Broken, Mailbox, $"{One}\\ <b@thief.example>", null),
            ("open-quote", Standing.Broken, Mailbox, "\"Your Bank <b@thief.example>", null),
            ("quote-behind-name", Standing.Broken, Mailbox, "Your Bank\" <b@thief.example>", null),
            ("two-quotes-behind-name", Standing.Broken, Mailbox, "\"Your Bank\"\" <b@thief.example>", null),
            ("open-comment", Standing.Broken, Mailbox, "a@bank.example (b@thief.example", null),
            ("close-comment", Standing.Broken, Mailbox, "a@bank.example) <b@thief.example>", null),
            ("open-angle", Standing.Broken, Mailbox, "Your Bank <b@thief.example", null),
            ("close-angle", Standing.Broken, Mailbox, "b@thief.example>", null),
            ("nested-angles", Standing.Broken, Mailbox, "Bank <a@bank.example <b@thief.example>>", null),
            ("two-angles", Standing.Broken, Mailbox, "Bank <a@bank.example> <b@thief.example>", null),
            ("address-as-other-name", Standing.Broken, Mailbox, "a@bank.example <b@thief.example>", null),
            ("address-behind-angle", Standing.Broken, Mailbox, "<a@bank.example> b@thief.example", null),
            ("two-ats", Standing.Broken, Mailbox, "a@bank.example@thief.example", null),
            ("two-ats-in-angle", Standing.Broken, Mailbox, "Bank <a@bank.example@thief.example>", null),
            ("blank-in-address", Standing.Broken, Mailbox, "Bank <a b@thief.example>", null),
            ("words-before-address", Standing.Broken, Mailbox, "Your Bank a@bank.example", null),
            ("semicolon-for-comma", Standing.Broken, Mailbox, "a@bank.example; b@thief.example", "a@bank.example"),
            ("comma-in-name", Standing.Broken, Mailbox, "Bank, Your <b@thief.example>", null),
            ("colon-in-name", Standing.Broken, Mailbox, "Re: Bank <b@thief.example>", null),
            ("empty-angle-beside", Standing.Broken, Mailbox, "a@bank.example <>", null),
            ("no-local-part", Standing.Broken, Mailbox, "Bank <@thief.example>", null),
            ("encoded-address", Standing.Broken, "RFC 2047 5", "=?utf-8?Q?a=40bank.example?= <b@thief.example>", null),
            ("encoded-address-alone", Standing.Broken, "RFC 2047 5", "=?utf-8?Q?a=40bank.example?=", null),
            ("nul-in-name", Standing.Broken, "RFC 5322 2.2", "Bank <a@bank.example>\0 <b@thief.example>", null),
            ("empty", Standing.Broken, Mailbox, "", null),
            ("address-as-its-own-name", Standing.Disputed, "RFC 5322 3.4; issue 19 lets it pass", "ada@example.org <ada@example.org>", null),
            ("local-part-alone", Standing.Disputed, "RFC 5322 3.4; machines on the inside", "root", null),
            ("route", Standing.Disputed, "RFC 5322 4.4: obsolete", "<@bank.example:b@thief.example>", null),
            ("dots-in-name", Standing.Valid, "RFC 5322 4.1: obsolete phrase", "J. R. Example <ada@example.org>", null),
            ("comment-behind", Standing.Valid, Mailbox, "ada@example.org (Ada Example)", null),
            ("quoted-name", Standing.Valid, Mailbox, "\"Example, Ada\" <ada@example.org>", null),
            ("quoted-local-part", Standing.Valid, Mailbox, "\"ada.x\"@example.org", null),
            ("encoded-name", Standing.Valid, "RFC 2047 5", "=?utf-8?Q?Ad=C3=A0?= <ada@example.org>", null),
            ("group-ended", Standing.Valid, "RFC 6854 3", "Board: ada@example.org;", null),
            ("two-of-one-domain", Standing.Valid, Sender, "Ada <ada@example.org>, Bob <bob@example.org>", "ada@example.org"),
            ("two-of-two-domains", Standing.Valid, Sender, "Ada <ada@example.org>, Bob <bob@example.net>", "Ada <ada@example.org>"),
        ];
        foreach ((string variant, Standing standing, string clause, string from, string? sender) in rows)
        {
            yield return new Trick(TrickFamily.From, "from", variant, standing, clause, draft =>
            {
                draft.Root.Set("From", $"From: {from}");
                if (sender is not null)
                {
                    draft.Root.Fields.Insert(1, $"Sender: {sender}");
                }

                return true;
            });
        }
    }
}
