/** How the scripts let a subscription begin that several sockets or nodes have. Behind `PRELUDE`, `node`, `liveMs`, `silentMs` and `lastOf`. */
export const SHARING = `
local function isUnproven(place) return place.doubtedAt > 0 and place.heardAt <= place.doubtedAt end
local function isSilent(place) return isUnproven(place) and not (place.isHeld and now <= place.doubtedAt + silentMs) end
local function isGone(place) return not place.isHeld end

-- Takes one client from the place with the most of those that are so. Returns whether there was one.
local function takeFurthest(list, isSo)
  local best
  for i, place in ipairs(list) do
    if isSo(place) and not (best and isBefore(place, list[best])) then best = i end
  end
  if not best then return false end
  list[best].clients = list[best].clients - 1
  if list[best].clients < 1 then table.remove(list, best) end
  return true
end

-- Takes a node out. Returns whether it was there.
local function drop(list, node)
  local i = find(list, node)
  return i and table.remove(list, i)
end

-- What a node knows of its own place, to which no client came last.
local function putOwn(row, list, asked)
  local i = find(list, node)
  local heardAt = now - asked.silence
  local known = i and list[i]
    or { node = node, expiresAt = now + liveMs, clients = 1, heardAt = 0, doubtedAt = row.since, term = asked.term }
  known.heardAt, known.isHeld = math.max(known.heardAt, heardAt), asked.held ~= '0'
  if tonumber(asked.said) or not known.revision then known.revision = asked.said end
  if i or heardAt > row.since then list[i or #list + 1] = known end
end

-- Newcomers were those who have been silent since.
local function settle(row, list, hasDoubts)
  while row.newcomers > 0 and takeFurthest(list, isSilent) do row.newcomers = row.newcomers - 1 end
  for _, place in ipairs(list) do
    if isSilent(place) then place.isHeld = false
    elseif isUnproven(place) then hasDoubts = true end
  end
  if not hasDoubts then row.newcomers = 0 end
end

-- Whoever comes is nobody who is known to have gone. Returns how many such there are, and whom to ask for a sign of life.
local function letIn(row, list)
  local reply = ''
  row.newcomers, row.since = row.newcomers + 1, now
  for _, place in ipairs(list) do
    if not isUnproven(place) then place.doubtedAt = now end
    reply = reply .. ' ' .. place.node
  end
  return ' ' .. row.newcomers .. reply
end

-- Whether a place can be continued: where the lane goes on from it.
local function fitOf(row, place, asked)
  local known = row.epoch == asked.epoch and tonumber(place.revision)
  return known and known <= lastOf(asked.lasts, place.term) and known or nil
end

-- Lets a subscription begin that others have, too. Returns where, where it was when its time is over, and what else to answer.
local function share(row, asked)
  local said, gone = asked.said, asked.hasGone
  local isMine = row.node == node
  local isOwn = isMine and said ~= ''
  local list, at, overdueAt, isBroken = placesOf(row), nil, nil, false
  row.newcomers = math.max(row.newcomers - asked.found, 0)
  if asked.isFresh then drop(list, node) end
  if not isOwn and not (asked.isFresh and isMine) then
    addOwner(list, row, row.isHeld and not isMine)
    row.clients = 1
  end
  if said ~= '' and not isOwn then putOwn(row, list, asked) end
  if isOwn then
    if row.expiresAt > now then at = fitOf(row, row, asked) else overdueAt = fitOf(row, row, asked) end
  end

  local lasting = {}
  for _, place in ipairs(list) do
    if place.expiresAt > now then lasting[#lasting + 1] = place
    else overdueAt = math.min(fitOf(row, place, asked) or math.huge, overdueAt or math.huge) end
  end
  list = lasting
  settle(row, list, asked.held == '2')
  local isReplaced = said ~= '' and not isOwn and not drop(list, node)
  if isReplaced then said, gone = '', false end
  if said == '-' and asked.isNewer then at, overdueAt = nil, nil end
  if tonumber(said) then at = math.max(at or 0, tonumber(said)) end
  if said == '-' and not at and (asked.held ~= '0' or asked.isNewer) then isBroken = true end
  for _, place in ipairs(list) do
    local known = fitOf(row, place, asked)
    if row.epoch ~= asked.epoch then place.revision = '-' end
    if known then at = math.min(known, at or known) else isBroken = true end
  end

  local answer = isReplaced and '!' or ''
  local isKnown = asked.isFresh or gone or takeFurthest(list, isGone)
  if not isKnown and (#list > 0 or asked.held ~= '0') then answer = answer .. letIn(row, list) end
  row.others = textOf(list)
  if isBroken or asked.isFresh then return nil, nil, answer end
  return at, overdueAt ~= math.huge and overdueAt or nil, answer
end
`
