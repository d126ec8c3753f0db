-- For wrk: posts the signed requests that deploy/scripts/load prepared, each time under a new id, and counts the answers.

local parcels = dofile(os.getenv("LOAD_PARCELS"))
local run = os.getenv("LOAD_RUN")
local threads = {}

function setup(thread)
    table.insert(threads, thread)
    thread:set("number", #threads)
end

function init()
    sent, accepted, limited, other = 0, 0, 0, 0
end

function request()
    sent = sent + 1
    local parcel = parcels[sent % #parcels + 1]
    parcel.headers[parcel.id_header] = string.format("%s-%d-%d", run, number, sent)
    return wrk.format("POST", parcel.path, parcel.headers, parcel.body)
end

function response(status)
    if status == 200 then
        accepted = accepted + 1
    elseif status == 429 or status == 403 then
        limited = limited + 1
    else
        other = other + 1
    end
end

function done(summary, latency)
    local sums = { accepted = 0, limited = 0, other = 0 }
    for _, thread in ipairs(threads) do
        for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
    end
    local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    io.write(string.format(
        'LOAD {"requests": %d, "seconds": %.3f, "p50": %.3f, "p99": %.3f, "accepted": %d, "limited": %d, "other": %d, "broken": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        sums.accepted, sums.limited, sums.other, broken))
end
