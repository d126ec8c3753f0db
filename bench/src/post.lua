-- For wrk: posts one signed body again and again, each time under a new id; counts what was not accepted.
local headers = {
    ["Content-Type"] = "application/json",
    ["X-GitHub-Event"] = "pull_request",
    ["X-Hub-Signature-256"] = os.getenv("BENCH_SIGNATURE"),
}
local body, run = os.getenv("BENCH_BODY"), os.getenv("BENCH_RUN")
local sent = 0

function request()
    sent = sent + 1
    headers["X-GitHub-Delivery"] = run .. "-" .. sent
    return wrk.format("POST", "/webhook/repos", headers, body)
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("BENCH %f %d\n", summary.requests / (summary.duration / 1e6), failed))
end
