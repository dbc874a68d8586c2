namespace Gateway.Hosting;

/// <summary>The web host's builder without a configuration of its own.</summary>
internal static class PlainBuilder
{
    /// <summary>Makes a builder that reads no appsettings.json and watches none.</summary>
    /// <remarks>
    /// Promises: no inotify watch. Clearing the sources alone is too late: the builder's own appsettings.json with reload has by then begun to watch
    /// all that is below the working directory, and under systemd that is the whole file system.
    /// </remarks>
    public static WebApplicationBuilder Create()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Configuration.Sources.Clear();
        return builder;
    }
}
