/*
 * Scripts run in Redis in one step each. KEYS are pairs: the name of a value, the name of its claim. ARGV[1] is who asks.
 */

/** The value where there is one; `+` where it is claimed now, `-` where another has the claim. ARGV[2]: the lease in ms. */
export const LOOK_OR_CLAIM = `
local found = {}
for i = 1, #KEYS, 2 do
  local value = redis.call('GET', KEYS[i])
  if value then found[#found + 1] = value
  elseif redis.call('SET', KEYS[i + 1], ARGV[1], 'NX', 'PX', ARGV[2]) then found[#found + 1] = '+'
  else found[#found + 1] = '-' end
end
return found`

/** ARGV[2]: the lease in ms, from now. */
export const KEEP_LEASES = `
for i = 2, #KEYS, 2 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end
return 1`

export const RELEASE = `
for i = 2, #KEYS, 2 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
return 1`

/**
 * KEYS[1]: the moment of the last look at a source, by Redis's clock in ms, so that the clocks of the instances do not matter.
 * ARGV[1]: ms for which it is trusted; ARGV[2]: 1 for a new one; ARGV[3]: the last one that the asker knows.
 */
export const LOOK_MOMENT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('GET', KEYS[1]) or '')
local known = tonumber(ARGV[3])
if last and (not known or last >= known) and ARGV[2] == '0' and now - last < tonumber(ARGV[1]) then return string.format('%.0f', last) end
if last and now <= last then now = last + 1 end
if known and now <= known then now = known + 1 end
now = string.format('%.0f', now)
redis.call('SET', KEYS[1], now, 'EX', 604800)
return now`
