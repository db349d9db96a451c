/**
 * What runs inside Redis, one call at a time. KEYS: the era, then one key for each ask. ARGV: the gateway, how many
 * there are, then six words for each ask. Times are Redis' own.
 *
 * An era begins when Redis has lost its memory. What gateways know of limits per minute they bring along themselves;
 * slots are told again within a second, and until then nobody gets more than a share.
 */
export const SLOT_LEASE_MS = 4_000;
export const ERA_GRACE_MS = 2_000;
/** Longer than any gateway remembers more than nothing. */
const RATE_KEPT_MS = 120_000;

export const LEASE_SCRIPT = `
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local gateway, members = ARGV[1], tonumber(ARGV[2])
local era = redis.call('GET', KEYS[1])
if not era then
  era = string.format('%.0f', now)
  redis.call('SET', KEYS[1], era)
end
local isNew = now - tonumber(era) < ${ERA_GRACE_MS}
local out = {}
for i = 2, #KEYS do
  local key, at = KEYS[i], 3 + (i - 2) * 6
  local granted, rest = 0, 0
  if ARGV[at] == 'rate' then
    local unit, want, least = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    local taken, known = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
    local full = tonumber(redis.call('GET', key) or '')
    if not full then full = now + math.abs(known)
    elseif isNew then full = math.max(full, now + math.abs(known))
    elseif known < 0 then full = math.max(full, now - known) end
    full = math.max(now, math.max(now, full) + taken)
    if want > 0 then
      local left = (60000 - (full - now)) / unit + 0.000001
      if left >= least then granted = math.max(least, math.min(want, math.floor(left))) end
      if granted > left then granted = 0 end
    end
    full = full + granted * unit
    rest = full - now
    redis.call('SET', key, string.format('%.3f', full), 'PX', math.ceil(rest) + ${RATE_KEPT_MS})
  else
    local limit, held, want = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    local all = redis.call('HGETALL', key)
    for j = 1, #all, 2 do
      if all[j] ~= gateway then
        local count, untilMs = string.match(all[j + 1], '^(%d+):(%d+)$')
        if untilMs and tonumber(untilMs) > now then rest = rest + tonumber(count)
        else redis.call('HDEL', key, all[j]) end
      end
    end
    local most = limit - rest
    if isNew then most = math.min(most, math.max(1, math.floor(limit / members))) end
    granted = math.max(0, math.min(want, most - held))
    if held + granted > 0 then
      redis.call('HSET', key, gateway, string.format('%d:%.0f', held + granted, now + ${SLOT_LEASE_MS}))
      redis.call('PEXPIRE', key, ${SLOT_LEASE_MS * 2})
    else
      redis.call('HDEL', key, gateway)
    end
  end
  out[#out + 1] = string.format('%.6f', granted)
  out[#out + 1] = string.format('%.3f', rest)
end
return out
`;

/** A gateway says that it is there. KEYS: the members. ARGV: the gateway. Returns how many there are. */
export const MEMBER_MS = 5_000;
export const BEAT_SCRIPT = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${MEMBER_MS})
return redis.call('ZCARD', KEYS[1])
`;
