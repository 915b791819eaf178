/*
 * The keys of a shard begin with `base`, which is none of them: `<base>memory`, and for each user a hash `<base>of:<userId>` from the key of
 * a position to `<expiresAt> <revision or -> <epoch> <term>@<owner>`. Behind the revision stands `?` when its client has never answered.
 * Earlier versions wrote no owner, and before that no term; behind the revision they wrote `*<clients>` when several had it.
 *
 * The owner is the node to which a client came last, which was at `since`: `<node>,<1 while a socket has it>,<1 when several clients have it>,<since>`.
 * Behind it follow the places of other nodes under the same key, each as
 * `;<node or nothing>=<revision or ->,<expiresAt>,<heardAt>,<doubtedAt>,<1 while a socket has it>,<term>`.
 * Until it is known that several clients have it, other places are those of a single one, or of nobody: they are doubted from then on
 * when somebody came elsewhere, until their clients are heard of.
 *
 * The scripts reach every key from `base`, so they need one hash tag.
 */

/** What the scripts about positions have in common. ARGV 1: the time, or 0 for that of Redis. */
export const PRELUDE = `
local base = KEYS[1]
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function hashOf(user) return base .. 'of:' .. user end
local function expiryOf(value) return tonumber(string.match(value, '^%d+')) end

local ROW = '^(%d+) ([^ ?*]+)(%??)%*?(%d*) (%S*) ?([^%s@]*)@?(%S*)$'
local OWNER = '^([^,]*),(%d),(%d+),(%d+)(.*)$'
local PLACE = ';([^=;]*)=([^,]*),(%d+),(%d+),(%d+),(%d),([^;]*)'

-- A position as it is stored, which is the place of its owner, too.
local function rowOf(value)
  local expiresAt, revision, silent, clients, epoch, term, owner = string.match(value, ROW)
  local node, held, shared, since, others = string.match(owner, OWNER)
  return {
    node = node or '', isHeld = held == '1', isShared = (tonumber(shared) or 0) > 0 or clients ~= '', since = tonumber(since) or 0,
    others = others or '', expiresAt = tonumber(expiresAt), revision = revision, hasEchoed = silent == '', epoch = epoch, term = term,
  }
end

local function write(user, field, row)
  local flags = (row.isHeld and ',1,' or ',0,') .. (row.isShared and '1,' or '0,')
  local owner = row.node .. flags .. string.format('%.0f', row.since) .. row.others
  local value = string.format('%.0f ', row.expiresAt) .. row.revision .. (row.hasEchoed and '' or '?') .. ' ' .. row.epoch .. ' ' .. row.term .. '@' .. owner
  return redis.call('HSET', hashOf(user), field, value)
end

local function placesOf(row)
  local list = {}
  for node, revision, expiresAt, heardAt, doubtedAt, held, term in string.gmatch(row.others, PLACE) do
    list[#list + 1] = {
      node = node, revision = revision, expiresAt = tonumber(expiresAt), heardAt = tonumber(heardAt), doubtedAt = tonumber(doubtedAt),
      isHeld = held == '1', term = term,
    }
  end
  return list
end

local function textOf(list)
  local parts = {}
  for i, place in ipairs(list) do
    parts[i] = ';' .. place.node .. '=' .. place.revision .. string.format(',%.0f,%.0f,%.0f,%d,', place.expiresAt, place.heardAt,
      place.doubtedAt, place.isHeld and 1 or 0) .. place.term
  end
  return table.concat(parts)
end

local function find(list, node)
  for i, place in ipairs(list) do if place.node == node then return i end end
end

local function isBefore(one, other)
  return (tonumber(one.revision) or -1) < (tonumber(other.revision) or -1)
end

-- Adds a place: one for each node, where its least client is.
local function add(list, place)
  local i = find(list, place.node)
  if not i then list[#list + 1] = place return end
  local known = list[i]
  if isBefore(known, place) then place.revision, place.term = known.revision, known.term end
  place.expiresAt = math.max(place.expiresAt, known.expiresAt)
  list[i] = place
end

-- What the owner of a row had, as a place among the others.
local function placeOfOwner(row)
  return {
    node = row.node, revision = row.revision, expiresAt = row.expiresAt, heardAt = 0, doubtedAt = 0, isHeld = row.isHeld, term = row.term,
  }
end

-- The place of a node stands in the row itself from now on.
local function own(row, list, i)
  local place = table.remove(list, i)
  row.node, row.revision, row.expiresAt = place.node, place.revision, place.expiresAt
  row.isHeld, row.term = place.isHeld, place.term
end
`
