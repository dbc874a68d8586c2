namespace Gateway.Smtp.Client;

/// <summary>The ways to authenticate that we know. RFC 4954.</summary>
[Flags]
public enum AuthMechanisms
{
    /// <summary>None that we know.</summary>
    None = 0,

    /// <summary>PLAIN. RFC 4616.</summary>
    Plain = 1 << 0,

    /// <summary>LOGIN: two questions, two answers; never standardised.</summary>
    Login = 1 << 1,

    /// <summary>SCRAM-SHA-256: the password is not sent. RFC 7677.</summary>
    ScramSha256 = 1 << 2,

    /// <summary>All that we know.</summary>
    Any = Plain | Login | ScramSha256,
}
