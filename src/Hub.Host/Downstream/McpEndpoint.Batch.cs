using System.Buffers;
using McpHub.Actors;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Host.Downstream;

/// <summary>Batches of 2025-03-26 sessions (2025-03-26, transports, Sending Messages 3): answered by one JSON array, without the calls' notifications.</summary>
internal sealed partial class McpEndpoint
{
    private async Task BatchAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        var headers = context.Request.Headers;
        if (ModernRequest.IsModernVersion(headers[HeaderNames.ProtocolVersion]) || !TryFindSession(headers, out var session, out _) || session.Revision != ProtocolRevision.V2025_03_26)
        {
            await RefuseBatchAsync(context, "batches exist in sessions of revision 2025-03-26 only");
            return;
        }

        if (!JsonBatch.TrySplit(body, out var entries, out var reason))
        {
            await RefuseBatchAsync(context, reason);
            return;
        }

        if (_gate.Enter() is { } full)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, full);
            return;
        }

        var replies = new List<(ReadOnlyMemory<byte> Id, Reply Reply)>(entries.Count);
        try
        {
            foreach (var entry in entries)
            {
                if (!EnvelopeScanner.TryScan(entry, ScanLimits.FromClient, out var envelope, out var error))
                {
                    replies.Add((error.Id, Malformed(error)));
                }
                else if (envelope.Kind == EnvelopeKind.Request)
                {
                    replies.Add((envelope.Bytes(envelope.Id), await _legacy.AnswerAsync(session, envelope, streams: false, context)));
                }
                else if (envelope.Kind == EnvelopeKind.Notification)
                {
                    LegacyFace.Take(session, envelope);
                }
            }

            await AnswerBatchAsync(context, replies);
        }
        finally
        {
            foreach (var (_, reply) in replies)
            {
                reply.Running?.Release();
            }

            _gate.Exit();
        }
    }

    private async Task AnswerBatchAsync(HttpContext context, List<(ReadOnlyMemory<byte> Id, Reply Reply)> replies)
    {
        var answers = new ArrayBufferWriter<byte>();
        foreach (var (id, reply) in replies)
        {
            var (isError, part) = (reply.IsError, reply.Part);
            if (reply.Call is { } call)
            {
                while (await call.NextNotificationAsync() is not null)
                {
                }

                await call.Ended;
                var answer = call.Answer();
                if (answer.Cancelled)
                {
                    continue;
                }

                (isError, part) = (answer.IsError, answer.Part);
            }

            answers.Write(answers.WrittenCount == 0 ? "["u8 : ","u8);
            answers.Write(isError ? FrameWriter.Error(id.Span, part.Span) : FrameWriter.Result(id.Span, part.Span));
        }

        if (answers.WrittenCount == 0)
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        answers.Write("]"u8);
        await _answers.BodyAsync(context, answers.WrittenMemory);
    }

    private Task RefuseBatchAsync(HttpContext context, string reason) =>
        RefuseAsync(context, StatusCodes.Status400BadRequest, HubErrors.BatchRefused.With(("reason", reason)));
}
