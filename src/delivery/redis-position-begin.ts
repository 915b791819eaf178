import { script } from '../redis/redis-scripts.ts'
import { PRELUDE } from './redis-position-rows.ts'
import { SHARING } from './redis-position-sharing.ts'

/**
 * Decides where subscriptions begin and stores it. ARGV 2 to 7: the node, how long a held position lasts, how long it is known that one
 * has expired, how many of a user are kept, how many of them are left when there were more, and after how long a doubted place is silent. Then for each:
 * the user, the key, the epoch and revision of its lane, how far those may go on who last heard of each of its terms (`<term>=<revision> `), flags, what
 * the node knows (a revision, `-` for one that cannot be continued, or nothing), and where it begins when it is not known or cannot be
 * continued: a revision, `-` for nowhere, or nothing for where its lane stands.
 * The flags: 1 when what this node stored of it is not meant; when what the node knows is newer than what is stored; when it is doubted that it is new; when
 * its client is known to answer; when the node knows that several clients have it; when sockets of this node have it; and behind a comma, how long ago
 * one of its clients was heard of.
 * It begins where the least of all places is. Until it is known that several clients have it, whoever comes is the one who has gone, or whose older sockets
 * the others are.
 * Returns what is remembered, then for each the revision, `-`, or `-` and the revision of one that has expired only because its time
 * was over, with `?` behind it when its client has never answered, and `!` when what the node had was the older socket of a client that came elsewhere;
 * behind that, when others have it, 1 when several clients do, and the other nodes that are to ask theirs for a sign of life. Nothing at all when nothing is remembered.
 */
export const BEGIN = script(`${PRELUDE}
local node, liveMs, knownMs, silentMs = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[7])
local perUser, kept = tonumber(ARGV[5]), tonumber(ARGV[6])
local memory = redis.call('GET', base .. 'memory')
if not memory then return {} end
local sub = string.sub
local isAllDoubted = tonumber(string.match(memory, '%d+$')) > now

local function isDoubted(user)
  local mark = redis.call('HGET', hashOf(user), '~' .. user)
  return isAllDoubted or (mark and expiryOf(mark) + knownMs > now)
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
    local expiresAt = expiryOf(all[i + 1])
    if expiresAt + knownMs <= now then redis.call('HDEL', hashOf(user), all[i])
    elseif all[i] ~= '~' .. user then left[#left + 1] = { all[i], expiresAt } end
  end
  if #left <= perUser then return end
  table.sort(left, function(a, b) return a[2] < b[2] end)
  for i = 1, #left - kept do redis.call('HDEL', hashOf(user), left[i][1]) end
  redis.call('HSET', hashOf(user), '~' .. user, string.format('%.0f - ', now))
end

${SHARING}
local replies = { memory }
local touched = {}
local liveUntil, since = string.format('%.0f ', now + liveMs), string.format('%.0f', now)
for i = 8, #ARGV, 8 do
  local user, field, epoch, revision, lasts = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4]
  local flags, said, after = ARGV[i + 5], ARGV[i + 6], ARGV[i + 7]
  local isFresh, isNewer, isShared, isHeld = sub(flags, 1, 1) == '1', sub(flags, 2, 2) == '1', sub(flags, 5, 5) == '1', sub(flags, 6, 6) == '1'
  local term = string.match(lasts, '(%S*)=%d+ $')
  local value = redis.call('HGET', hashOf(user), field)
  local hasEchoed = sub(flags, 4, 4) == '1'
  local at, overdueAt
  local answer, shared, others = '', ',0,', ''
  if value then
    local expiresAt, known, silent, count, of, last, owner = string.match(value, ROW)
    hasEchoed = hasEchoed or silent == ''
    local by, hasSocket = string.match(owner, '^([^,]*),(%d),0,%d+$')
    local isOwn = by == node and said ~= ''
    local isGone = said == '' and (owner == '' or by == node or hasSocket == '0')
    -- Nobody else has it.
    if (isOwn or isGone) and count == '' and not (isFresh or isShared or isHeld) then
      local place = of == epoch and tonumber(known)
      if place and place <= lastOf(lasts, last) then
        if tonumber(expiresAt) > now then at = place else overdueAt = place end
      end
      if said == '-' and isNewer then at, overdueAt = nil, nil end
      if tonumber(said) then at = math.max(at or 0, tonumber(said)) end
    else
      local row = rowOf(value)
      at, overdueAt, answer = share(row, {
        epoch = epoch, lasts = lasts, term = term, said = said, silence = tonumber(sub(flags, 8)), isFresh = isFresh, isNewer = isNewer,
        isShared = isShared, isHeld = isHeld,
      })
      shared, others = row.isShared and ',1,' or ',0,', row.others
    end
  elseif tonumber(said) then at = tonumber(said) end
  if isFresh or not value and said == '' and after == '' and not (sub(flags, 3, 3) == '1' or isDoubted(user)) then
    if after == '' then at = revision end
  end
  if at and at > revision then at = nil end
  if not at and tonumber(after) then at, overdueAt = tonumber(after), nil end
  local found = at and string.format('%.0f', at) or '-'
  local isOverdue = not at and overdueAt and overdueAt <= revision
  local silent = hasEchoed and '' or '?'
  replies[#replies + 1] = (isOverdue and string.format('-%.0f', overdueAt) or found) .. silent .. answer
  local added = redis.call('HSET', hashOf(user), field, liveUntil .. found .. silent .. ' ' .. epoch .. ' ' .. term .. '@' .. node .. ',1' .. shared
    .. since .. others)
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
