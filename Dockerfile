# Two images: "hub" and "sample" (the servers of the demo).
#   docker build --target hub -t hub .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish src/Hub.Host -c Release -o /out/hub
RUN dotnet publish samples/SampleServer -c Release -o /out/sample

# The image has no Node.js and no Python: stdio servers that need them want an image of their own on top of this one.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS hub
WORKDIR /app
COPY --from=build /out/hub .
ENV PATH="/app:${PATH}"
USER $APP_UID
HEALTHCHECK --interval=10s --timeout=8s --start-period=15s CMD ["hub", "status", "--quiet"]
ENTRYPOINT ["/app/hub"]
CMD ["run", "--config", "/etc/hub/hub.json"]

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS sample
WORKDIR /app
COPY --from=build /out/sample .
USER $APP_UID
ENTRYPOINT ["/app/McpHub.SampleServer"]
