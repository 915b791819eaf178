import { script } from '../lib/redis-scripts.ts'

// The keys of a shard begin with `base`, which is none of them: `<base>memory`, and for each user a hash `<base>of:<userId>` from the
// key of a position to `<expiresAt> <revision or -> <epoch> <term>`, with `?` behind the revision when its client has
// never answered, and then `*<clients>` when it has several; earlier versions wrote no term. The scripts reach every key from `base`, so they need one hash tag.

const PRELUDE = `
local base = KEYS[1]
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function hashOf(user) return base .. 'of:' .. user end
local function parse(value)
  local expiresAt, revision, silent, clients, epoch, term = string.match(value, '^(%d+) ([^ ?*]+)(%??)%*?(%d*) (%S*) ?(%S*)$')
  return tonumber(expiresAt), revision, epoch, term, silent == '', tonumber(clients) or 1
end
local function put(user, field, lastsMs, revision, epoch, term, hasEchoed, clients)
  local expiresAt = string.format('%.0f', now + lastsMs)
  local silent = (hasEchoed and '' or '?') .. (clients > 1 and '*' .. clients or '')
  local place = term == '' and epoch or epoch .. ' ' .. term
  return redis.call('HSET', hashOf(user), field, expiresAt .. ' ' .. revision .. silent .. ' ' .. place)
end
`

/** ARGV 2: what to remember when nothing is. Returns what is remembered after that. */
export const REMEMBER = script(`
local said = redis.call('GET', KEYS[1] .. 'memory')
if said then return said end
redis.call('SET', KEYS[1] .. 'memory', ARGV[2])
return ARGV[2]
`)

/**
 * Decides where subscriptions begin and stores it. ARGV 2 to 5: how long a held position lasts, how long it is known that one
 * has expired, how many of a user are kept, and how many of them are left when there were more. Then for each: the user, the key, the
 * epoch and revision of its lane, how far those may go on who last heard of each of its terms (`<term>=<revision> `), 1 when what
 * is stored of it is not meant, what the node knows (a revision, `-` for one that
 * cannot be continued, or nothing), 1 when that is newer than what is stored, 1 when it is doubted that it is new, and 1 when its
 * client is known to answer; and where it begins when it is not known or cannot be continued: a revision, `-` for nowhere, or nothing
 * for where its lane stands.
 * Returns what is remembered, then for each the revision, `-`, or `-` and the revision of one that has expired only because its time
 * was over, with `?` behind it when its client has never answered, and `*` and how many clients it has; nothing at all when nothing is remembered.
 */
export const BEGIN = script(`${PRELUDE}
local liveMs, knownMs, perUser, kept = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local memory = redis.call('GET', base .. 'memory')
if not memory then return {} end
local isAllDoubted = tonumber(string.match(memory, '%d+$')) > now

local function isDoubted(user)
  local mark = redis.call('HGET', hashOf(user), '~' .. user)
  return isAllDoubted or (mark and parse(mark) + knownMs > now)
end

-- How far those may go on who last heard of a term.
local function lastOf(lasts, term)
  local _, from = string.find(' ' .. lasts, ' ' .. term .. '=', 1, true)
  return from and tonumber(string.match(lasts, '^%d+', from)) or -1
end

-- Removes those of which nobody needs to know any more and, when there are too many, the oldest.
local function tidy(user)
  local all, left = redis.call('HGETALL', hashOf(user)), {}
  for i = 1, #all, 2 do
    local expiresAt = parse(all[i + 1])
    if expiresAt + knownMs <= now then redis.call('HDEL', hashOf(user), all[i])
    elseif all[i] ~= '~' .. user then left[#left + 1] = { all[i], expiresAt } end
  end
  if #left <= perUser then return end
  table.sort(left, function(a, b) return a[2] < b[2] end)
  for i = 1, #left - kept do redis.call('HDEL', hashOf(user), left[i][1]) end
  put(user, '~' .. user, 0, '-', '', '', true, 1)
end

local replies = { memory }
local touched = {}
for i = 6, #ARGV, 11 do
  local user, field, epoch, revision, lasts = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4]
  local isFresh, said, isNewer, doubt = ARGV[i + 5] == '1', ARGV[i + 6], ARGV[i + 7] == '1', ARGV[i + 8] == '1'
  local stored = not isFresh and redis.call('HGET', hashOf(user), field)
  local at, overdueAt
  local clients = 1
  local hasEchoed, after = ARGV[i + 9] == '1', ARGV[i + 10]
  if stored then
    local expiresAt, known, of, term, echoed, count = parse(stored)
    clients = count
    local place = of == epoch and tonumber(known)
    hasEchoed = hasEchoed or echoed
    if place and place <= lastOf(lasts, term) then
      if expiresAt > now then at = place else overdueAt = place end
    end
  end
  if said == '-' and isNewer then at, overdueAt = nil, nil end
  if tonumber(said) then at = math.max(at or 0, tonumber(said)) end
  local isNew = not stored and said == '' and (isFresh or not (doubt or isDoubted(user)))
  if isNew and after == '' then at = revision end
  if at and at > revision then at = nil end
  if not at and tonumber(after) then at, overdueAt = tonumber(after), nil end
  local found = at and string.format('%.0f', at) or '-'
  local isOverdue = not at and overdueAt and overdueAt <= revision
  local reply = isOverdue and string.format('-%.0f', overdueAt) or found
  replies[#replies + 1] = reply .. (hasEchoed and '' or '?') .. '*' .. clients
  local added = put(user, field, liveMs, found, epoch, string.match(lasts, '(%S*)=%d+ $'), hasEchoed, clients)
  touched[user] = (touched[user] or 0) + added
end
for user, added in pairs(touched) do
  local count = redis.call('HLEN', hashOf(user))
  -- Looking at all of them is worth it now and then.
  if count > perUser or math.floor(count / 64) > math.floor((count - added) / 64) then tidy(user) end
  redis.call('PEXPIRE', hashOf(user), liveMs + knownMs)
end
return replies
`)

/**
 * Stores how far positions got. ARGV 2: how long at least the positions of the user are kept. Then for each: the user, the key,
 * the epoch, the term, the revision or `-`, how long it lasts, 1 to store it although it is not known, 1 when its client is known to answer, and
 * how many clients it has.
 * Never goes back in a term.
 * Returns what is remembered; nothing when nothing is.
 */
export const MOVE = script(`${PRELUDE}
local memory = redis.call('GET', base .. 'memory')
if not memory then return false end
local touched = {}
for i = 3, #ARGV, 9 do
  local user, field, epoch, term = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local revision, lastsMs = ARGV[i + 4], ARGV[i + 5]
  local stored = redis.call('HGET', hashOf(user), field)
  local _, known, of, by, echoed
  if stored then _, known, of, by, echoed = parse(stored) end
  if stored and of == epoch or not stored and ARGV[i + 6] == '1' then
    local isBack = by == term and tonumber(known) and tonumber(revision) and tonumber(known) > tonumber(revision)
    if isBack then revision = known end
    put(user, field, lastsMs, revision, epoch, term, echoed or ARGV[i + 7] == '1', tonumber(ARGV[i + 8]))
    touched[user] = true
  end
end
for user in pairs(touched) do redis.call('PEXPIRE', hashOf(user), ARGV[2]) end
return memory
`)

/** Removes positions: pairs of a user and a key. */
export const FORGET = script(`${PRELUDE}
for i = 2, #ARGV, 2 do redis.call('HDEL', hashOf(ARGV[i]), ARGV[i + 1]) end
`)

/** Removes all positions of a user: ARGV 2. */
export const ERASE = script(`${PRELUDE}
redis.call('DEL', hashOf(ARGV[2]))
`)
