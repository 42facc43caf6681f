using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpHub.Protocol.Errors;
using McpHub.Transports.Tests.StreamableHttp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace McpHub.Transports.Tests.OutboundHttp;

/// <summary>Servers with certificates that the machine does not know, and servers that want one of the hub.</summary>
public sealed class TlsSpec : HttpTransportSpec
{
    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_ends_the_exchange_unsent_and_a_root_of_ones_own_vouches()
    {
        using var certificate = SelfSigned("localhost");
        await using var server = await StartAsync(certificate, ClientCertificateMode.NoCertificate);
        var url = new Uri(server.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/mcp");
        Connect(new StreamableHttpParameters(url));
        await Ask(2);
        var refused = (await Ended(2)).Error!;
        Assert.Equal((HubErrors.ConnectFailed, Delivery.NotSent), (refused.Definition, refused.Delivery));

        await Transport.DisposeAsync();
        Connect(new StreamableHttpParameters(url) { Tls = Trusting(certificate) });
        await Ask(3);
        Assert.Contains("nobody", await NextText(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_a_server_that_asks_for_one()
    {
        using var certificate = SelfSigned("localhost");
        using var own = SelfSigned("the-hub");
        await using var server = await StartAsync(certificate, ClientCertificateMode.RequireCertificate);
        var tls = Trusting(certificate);
        tls.ClientCertificates = [own];
        Connect(new StreamableHttpParameters(new Uri(server.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/mcp")) { Tls = tls });
        await Ask(3);
        Assert.Contains("CN=the-hub", await NextText(3), StringComparison.Ordinal);
    }

    private static SslClientAuthenticationOptions Trusting(X509Certificate2 root) => new()
    {
        CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root }, RevocationMode = X509RevocationMode.NoCheck },
    };

    private static async Task<WebApplication> StartAsync(X509Certificate2 certificate, ClientCertificateMode mode)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate, https =>
        {
            https.ClientCertificateMode = mode;
            https.ClientCertificateValidation = (_, _, _) => true;
        })));
        var app = builder.Build();
        app.Run(context => context.Json($$"""{"jsonrpc":"2.0","id":3,"result":{"who":"{{context.Connection.ClientCertificate?.Subject ?? "nobody"}}"} }"""));
        await app.StartAsync();
        return app;
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        // Kestrel wants the key in a store of the platform's own.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
