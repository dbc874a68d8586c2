namespace Gateway.Mime.Structure;

/// <summary>What both readers of the structure report, to be compared one by one.</summary>
internal enum StructureKind : byte
{
    Leaf,
    Multipart,
    Message,
    Delimiter,
    Close,
}

/// <summary>One fact of the structure: for a part the end of its header, for a delimiter its line.</summary>
internal readonly record struct StructureMark(StructureKind Kind, long Offset);
