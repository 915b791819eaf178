import { script } from '../redis/redis-scripts.ts'
import { PRELUDE } from './redis-position-rows.ts'

/** ARGV 2: what to remember when nothing is. Returns what is remembered after that. */
export const REMEMBER = script(`
local said = redis.call('GET', KEYS[1] .. 'memory')
if said then return said end
redis.call('SET', KEYS[1] .. 'memory', ARGV[2])
return ARGV[2]
`)

/**
 * Stores how far positions got. ARGV 2 and 3: the node, and how long at least the positions of the user are kept. Then for each: the user, the key,
 * the epoch, the term, the revision or `-`, how long it lasts, flags, and how long ago a client of the node was heard of. The flags: 1 to store it
 * although it is not known; when its client is known to answer; while a socket has it; when the node knows that several clients have it.
 * Each node moves its own place only. Returns what is remembered; nothing when nothing is.
 */
export const MOVE = script(`${PRELUDE}
local node = ARGV[2]
local memory = redis.call('GET', base .. 'memory')
if not memory then return false end

-- Moves the place of a node to which no client came last. What was taken for the older socket of another client stays so until it is heard of.
local function moveOther(row, moved)
  local list = placesOf(row)
  local i = find(list, node)
  if not i and moved.heardAt <= row.since and not row.isShared then return end
  moved.node, moved.doubtedAt = node, i and list[i].doubtedAt or row.since
  list[i or #list + 1] = moved
  -- Where a socket is, the row lasts.
  if moved.isHeld and not row.isHeld then
    local last = placeOfOwner(row)
    own(row, list, find(list, node))
    if last.expiresAt > now then add(list, last) end
  end
  row.others = textOf(list)
end

local touched = {}
for i = 4, #ARGV, 8 do
  local user, field, epoch, term, revision = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local flags = ARGV[i + 6]
  local value = redis.call('HGET', hashOf(user), field)
  local expiresAt = now + ARGV[i + 5]
  local hasEchoed, isHeld, isShared = string.sub(flags, 2, 2) == '1', string.sub(flags, 3, 3), string.sub(flags, 4, 4)
  local _, known, silent, of, last, owner
  if value then _, known, silent, _, of, last, owner = string.match(value, ROW) end
  if value and of == epoch or not value and string.sub(flags, 1, 1) == '1' then
    local by, _, shared, behind = string.match(owner or '', '^([^,]*),(%d),(%d+)(.*)$')
    hasEchoed = hasEchoed or silent == ''
    -- What only says that positions were given up belongs to nobody.
    if not by or by == node or epoch == '' then
      -- An earlier version may still move it.
      local isBack = not by and last == term and (tonumber(known) or -1) > (tonumber(revision) or math.huge)
      if isShared == '0' then isShared = shared or '0' end
      redis.call('HSET', hashOf(user), field, string.format('%.0f ', expiresAt) .. (isBack and known or revision) .. (hasEchoed and '' or '?')
        .. ' ' .. epoch .. ' ' .. term .. '@' .. node .. ',' .. isHeld .. ',' .. isShared .. (behind or ',0'))
    else
      local row = rowOf(value)
      row.hasEchoed, row.isShared = hasEchoed, row.isShared or isShared == '1'
      moveOther(row, { revision = revision, term = term, expiresAt = expiresAt, isHeld = isHeld == '1', heardAt = now - ARGV[i + 7] })
      write(user, field, row)
    end
    touched[user] = true
  end
end
for user in pairs(touched) do redis.call('PEXPIRE', hashOf(user), ARGV[3]) end
return memory
`)

/** Removes the places of a node, ARGV 2, in positions: pairs of a user and a key. */
export const FORGET = script(`${PRELUDE}
local node = ARGV[2]
local function findHeld(list)
  for i, place in ipairs(list) do if place.isHeld then return i end end
end
for i = 3, #ARGV, 2 do
  local value = redis.call('HGET', hashOf(ARGV[i]), ARGV[i + 1])
  if value then
    local row = rowOf(value)
    local list = placesOf(row)
    local place = find(list, node)
    if place then table.remove(list, place) end
    local isOwn = row.node == node or row.node == ''
    if isOwn and #list == 0 then
      redis.call('HDEL', hashOf(ARGV[i]), ARGV[i + 1])
    else
      if isOwn then own(row, list, findHeld(list) or 1) end
      row.others = textOf(list)
      write(ARGV[i], ARGV[i + 1], row)
    end
  end
end
`)

/** Removes all positions of a user: ARGV 2. */
export const ERASE = script(`${PRELUDE}
redis.call('DEL', hashOf(ARGV[2]))
`)

/** Names positions that other nodes have, too, to one of them, for ARGV 2 milliseconds: the keys behind that. */
export const TELL = script(`${PRELUDE}
for i = 3, #ARGV do redis.call('RPUSH', base, ARGV[i] .. string.format(' %.0f', now)) end
redis.call('PEXPIRE', base, ARGV[2])
`)

/** Returns what a node was told, once: each key, and how long ago that was. */
export const TAKE = script(`${PRELUDE}
local told = redis.call('LRANGE', base, 0, -1)
redis.call('DEL', base)
for i, one in ipairs(told) do
  local key, at = string.match(one, '^(%S+) (%d+)$')
  told[i] = key .. string.format(' %.0f', now - at)
end
return told
`)
