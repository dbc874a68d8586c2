namespace Gateway.Smtp.Client;

/// <summary>How far a delivery attempt came: the step it was in when it ended, in the order they happen.</summary>
public enum DeliveryStep
{
    /// <summary>Looking the name up and opening the TCP connection.</summary>
    Connect,

    /// <summary>Waiting for the greeting.</summary>
    Greeting,

    /// <summary>EHLO, and HELO where EHLO is not known.</summary>
    Hello,

    /// <summary>STARTTLS, the handshake and the EHLO behind it.</summary>
    StartTls,

    /// <summary>AUTH.</summary>
    Authenticate,

    /// <summary>RSET, in front of the next message after an error.</summary>
    Reset,

    /// <summary>XFORWARD.</summary>
    Forward,

    /// <summary>MAIL.</summary>
    Mail,

    /// <summary>RCPT.</summary>
    Recipient,

    /// <summary>DATA, up to its 354.</summary>
    Data,

    /// <summary>Sending the message, up to the block that holds the terminator.</summary>
    Body,

    /// <summary>From the block with the terminator on: the host may have the message even when no reply comes.</summary>
    FinalDot,
}
