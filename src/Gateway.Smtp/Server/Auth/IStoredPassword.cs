namespace Gateway.Smtp.Server.Auth;

/// <summary>What is stored of a password, in whatever form.</summary>
internal interface IStoredPassword
{
    /// <summary>True when the password is the one. Slow on purpose.</summary>
    bool Fits(SaslPassword password);
}
