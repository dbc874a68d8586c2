using System.Net;
using Gateway.Api.Requests;
using Gateway.Relay.Message;
using Gateway.TestKit;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Every route of the management interface against everything that could make a request wider than it was written.</summary>
public sealed class RouteTableTests
{
    // A new route needs its line here: method, address, body if it takes one, names of its query.
    private static readonly string[] Routes =
    [
        "GET /api/blocks", "POST /api/blocks +order ?client,sender,recipient,fingerprint,header,action,expires", "POST /api/blocks/{id}/remove +order", "POST /api/drain +order", "POST /api/drain/cancel +order",
        "GET /api/crashes", "POST /api/crashes/clear", "POST /api/crashes/{digest}/clear", "GET /api/exceptions",
        "GET /api/quarantine ?state,rule,sender,recipient,client,text,since,until,after,limit", "GET /api/quarantine/stats",
        "GET /api/quarantine/{id} ?session", "GET /api/quarantine/{id}/message", "POST /api/quarantine/{id}/release +order", "POST /api/quarantine/{id}/discard +order",
        "GET /api/queue ?id,route,state,olderThan,reason,from,to,limit", "GET /api/queue/summary ?id,route,state,olderThan,reason,from,to",
        "GET /api/queue/{id}", "GET /api/queue/{id}/message", "POST /api/queue/retry +order", "POST /api/queue/{id}/retry +order",
        "POST /api/queue/{id}/remove +order", "POST /api/queue/orders/{order} +order ?id,route,state,olderThan,reason,from,to,all,dryRun,now,toRoute", "POST /api/queue/import +stream ?dryRun,reason",
        "GET /api/routes", "POST /api/routes/{name}/pause +order", "POST /api/routes/{name}/resume +order", "GET /api/status",
    ];

    private static readonly string[] Bodies =
    [
        """{"reason":"x","to":"later"}""", """{"reason":"x","dryRun":true}""", """{"reason":"x","all":true}""", """{"Reason":"x"}""",
        """{"reason":"x","reason":"y"}""", """{"reason":7}""", """{"reason":["x"]}""", """["x"]""", "7", "null", "reason=x", "{", """{"reason":"\ud800"}""",
        $$"""{"reason":"{{new string('x', 2049)}}"}""", $$"""{"reason":"{{new string('x', 1 << 20)}}"}""",
    ];

    [Fact]
    public async Task Routes_EachWithItsLine()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        string[] found = [.. Enumerate(gateway).Select(r =>
            $"{r.Method} {r.Pattern}{(r.Shape.Body == RequestBody.None ? "" : $" +{r.Shape.Body.ToString().ToLowerInvariant()}")}{(r.Shape.Query.Count > 0 ? $" ?{string.Join(',', r.Shape.Query)}" : "")}")];
        Assert.Equal(Routes.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Request_NotUnderstood_IsRefusedInWordsAndNothingIsDone()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Downstream.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 wait"));
        await gateway.DeferredAsync();
        string queued = await gateway.DeferredAsync("late@example.net");
        string held = await gateway.QuarantinedAsync();
        List<string> wrong = [];
        foreach ((string method, string pattern, RequestShape shape) in Enumerate(gateway))
        {
            foreach (string path in Addresses(pattern, queued, held))
            {
                string valid = shape.Body == RequestBody.Order ? """{"reason":"x"}""" : "";
                foreach (string query in Queries(shape))
                {
                    await RefusedAsync(method, path + query, valid);
                }

                foreach (string body in Bodies)
                {
                    await RefusedAsync(method, path, body);
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(2, gateway.Host.Relay.Delivery.Count);
        Assert.Equal(1, (await gateway.Host.Relay.Quarantine.Store.TotalsAsync(LiveGateway.Ct)).Items[Relay.Quarantine.QuarantineState.Quarantined]);
        Assert.Empty(gateway.Downstream.Messages);

        async Task RefusedAsync(string method, string path, string body)
        {
            (HttpStatusCode status, string text) = await gateway.AskAsync(method, path, body.Length == 0 ? null : body);
            bool isRefused = (int)status is >= 400 and < 500 && text.Contains("\"message\":", StringComparison.Ordinal);
            if (!isRefused && !(status == HttpStatusCode.OK && (text is "[]" || text.Contains("\"asked\":0,", StringComparison.Ordinal))))
            {
                wrong.Add($"{method} {path[..Math.Min(path.Length, 100)]} {body[..Math.Min(body.Length, 60)]}: {(int)status} {text[..Math.Min(text.Length, 60)]}");
            }
        }
    }

    [Theory]
    [InlineData("remove", "")]
    [InlineData("remove", "?all=false")]
    [InlineData("remove", "?dryRun=true")]
    [InlineData("remove", "?all=true&from=ada")]
    [InlineData("hold", "")]
    [InlineData("resume", "?now=false")]
    [InlineData("retry", "?now=true&all=true")]
    public async Task Order_WithoutFilterOrWithTwoMeanings_IsRefused(string order, string query)
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Downstream.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 wait"));
        await gateway.DeferredAsync();
        (HttpStatusCode status, string text) = await gateway.AskAsync("POST", $"/api/queue/orders/{order}{query}", """{"reason":"x"}""");
        Assert.True(status == HttpStatusCode.BadRequest, text);
        Assert.Equal(RelayState.Deferred, Assert.Single(gateway.Host.Relay.Delivery.List(9)).State);
    }

    [Fact]
    public async Task WhatRemovesDiscardsOrReleases_NeedsAReason()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Downstream.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 wait"));
        string queued = await gateway.DeferredAsync();
        string held = await gateway.QuarantinedAsync();
        foreach (string path in (string[])[$"/api/queue/{queued}/remove", "/api/queue/orders/remove?all=true", $"/api/quarantine/{held}/release", $"/api/quarantine/{held}/discard"])
        {
            foreach (string? body in (string?[])[null, "{}", """{"reason":""}""", """{"reason":null}""", """{"reason":"  "}"""])
            {
                (HttpStatusCode status, string text) = await gateway.AskAsync("POST", path, body);
                Assert.True(status == HttpStatusCode.BadRequest && text.Contains("reason", StringComparison.Ordinal), $"{path} {body}: {text}");
            }
        }

        Assert.Equal(1, gateway.Host.Relay.Delivery.Count);
    }

    [Fact]
    public async Task Refusal_NamesWhatWasNotUnderstoodAndTheNearest()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        Assert.Contains("Did you mean", (await gateway.AskAsync("GET", "/api/quarantine?sendr=x")).Text, StringComparison.Ordinal);
        Assert.Contains("sendr", (await gateway.AskAsync("GET", "/api/quarantine?sendr=x")).Text, StringComparison.Ordinal);
        Assert.Contains("deferred", (await gateway.AskAsync("GET", "/api/queue?state=defered")).Text, StringComparison.Ordinal);
        Assert.Contains("There is no", (await gateway.AskAsync("GET", "/api/nothing")).Text, StringComparison.Ordinal);
        (HttpStatusCode status, string text) = await gateway.AskAsync("DELETE", "/api/status");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);
        Assert.Contains("takes GET", text, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Method, string Pattern, RequestShape Shape)> Enumerate(LiveGateway gateway) =>
        from route in gateway.Host.Routes.OfType<RouteEndpoint>()
        where route.Metadata.GetMetadata<OpenPage>() is null
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
        select (method, "/" + route.RoutePattern.RawText!.Trim('/'), route.Metadata.GetMetadata<RequestShape>() ?? RequestShape.Nothing);

    private static string[] Addresses(string pattern, string queued, string held)
    {
        string path = pattern.Replace("{id}", pattern.Contains("/queue/", StringComparison.Ordinal) ? queued : held, StringComparison.Ordinal)
            .Replace("{name}", "default", StringComparison.Ordinal).Replace("{digest}", "00", StringComparison.Ordinal);
        string[] paths = path.Contains("{order}", StringComparison.Ordinal)
            ? [.. new[] { "hold", "resume", "retry", "remove", "move", "bounce", "hold,resume", "3", "Remove ", "" }.Select(o => path.Replace("{order}", Uri.EscapeDataString(o), StringComparison.Ordinal))]
            : [path];
        Assert.DoesNotContain(paths, p => p.Contains('{', StringComparison.Ordinal));
        return paths;
    }

    private static IEnumerable<string> Queries(RequestShape shape)
    {
        yield return "?nosuch=1";
        yield return "?reasn=x";
        foreach (string name in shape.Query)
        {
            string value = name switch { "limit" => "5", "all" or "dryRun" or "now" => "true", "toRoute" => "default", "state" => "quarantined", "olderThan" => "1d", "since" or "until" => "2030-01-01", _ => "nobody" };
            yield return $"?{name}={value}&{name}={value}";
            yield return $"?{name}=";
            yield return $"?{name}";
            yield return $"?{char.ToUpperInvariant(name[0])}{name[1..]}={value}";
            yield return $"?{name}=quarantined,releasing";
            yield return $"?{name}={new string('x', 4000)}";
            if (name is not "limit" and not "after")
            {
                yield return $"?{name}=77";
            }
        }
    }
}
