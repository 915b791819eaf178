/** How the scripts let a subscription begin that several sockets or nodes have. Behind `PRELUDE`, `node`, `liveMs`, `silentMs` and `lastOf`. */
export const SHARING = `
local function isUnproven(place) return place.doubtedAt > 0 and place.heardAt <= place.doubtedAt end

-- The places that are so.
local function only(list, isSo)
  local some = {}
  for _, place in ipairs(list) do if isSo(place) then some[#some + 1] = place end end
  return some
end

local function isHeld(place) return place.isHeld end
-- Where another client may be than the one to which all belong that have gone or are silent.
local function isLive(place) return not isUnproven(place) or place.isHeld and now <= place.doubtedAt + silentMs end

-- Where a place can be continued: where the lane goes on from it.
local function fitOf(row, place, asked)
  local known = row.epoch == asked.epoch and tonumber(place.revision)
  return known and known <= lastOf(asked.lasts, place.term) and known or nil
end

-- The places of others that last, and where the least of those was whose time is over.
local function gather(row, asked, isOwn)
  local all, list, overdueAt = placesOf(row), {}, nil
  if not isOwn then all[#all + 1] = placeOfOwner(row) end
  for _, place in ipairs(all) do
    -- What this node does not know any more is nobody's.
    if place.node == node and asked.said == '' then place.node, place.isHeld = asked.isFresh and node or '', false end
    if place.expiresAt <= now then overdueAt = math.min(fitOf(row, place, asked) or math.huge, overdueAt or math.huge)
    elseif not asked.isFresh or place.node ~= node then add(list, place) end
  end
  return list, overdueAt
end

-- What a node knows of its own place, to which no client came last. What counts no longer stays away until it is heard of.
local function putOwn(row, list, asked)
  local i = find(list, node)
  local heardAt = now - asked.silence
  local known = i and list[i] or { node = node, expiresAt = now + liveMs, heardAt = 0, doubtedAt = row.since, term = asked.term }
  known.heardAt, known.isHeld = math.max(known.heardAt, heardAt), asked.isHeld
  if tonumber(asked.said) or not known.revision then known.revision = asked.said end
  if i or heardAt > row.since or row.isShared then list[i or #list + 1] = known end
end

-- Whose client was heard of since somebody came to another node is a client of its own.
local function isOther(place) return place.doubtedAt > 0 and place.heardAt > place.doubtedAt end

-- Lets a subscription begin that others have, too. Returns where, where it was when its time is over, and what else to answer.
local function share(row, asked)
  local said = asked.said
  local isOwn = row.node == node and said ~= ''
  local list, overdueAt = gather(row, asked, isOwn)
  local at, isBroken = nil, false
  row.isShared = row.isShared or asked.isShared
  if said ~= '' and not isOwn then putOwn(row, list, asked) end
  row.isShared = row.isShared or #only(list, isOther) > 0
  if isOwn then
    if row.expiresAt > now then at = fitOf(row, row, asked) else overdueAt = fitOf(row, row, asked) end
  end

  if not row.isShared then list = only(list, isLive) end
  local own = find(list, node)
  local isReplaced = said ~= '' and not isOwn and not own
  if own then table.remove(list, own) end
  if isReplaced then said = '' end
  if said == '-' and asked.isNewer then at, overdueAt = nil, nil end
  if tonumber(said) then at = math.max(at or 0, tonumber(said)) end
  if said == '-' and not at and (asked.isHeld or asked.isNewer) then isBroken = true end
  for _, place in ipairs(list) do
    local known = fitOf(row, place, asked)
    if row.epoch ~= asked.epoch then place.revision = '-' end
    if known then at = math.min(known, at or known) else isBroken = true end
  end

  -- Of a single client, whoever has gone is back.
  if not row.isShared then list = only(list, isHeld) end
  row.isShared = row.isShared and (#list > 0 or asked.isShared)
  local answer = (isReplaced and '! ' or ' ') .. (row.isShared and '1' or '0')
  for _, place in ipairs(row.isShared and {} or list) do
    if not isUnproven(place) then place.doubtedAt = now end
    answer = answer .. ' ' .. place.node
  end
  row.others = textOf(list)
  if isBroken or asked.isFresh then return nil, nil, answer end
  return at, overdueAt ~= math.huge and overdueAt or nil, answer
end
`
