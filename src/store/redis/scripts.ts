/**
 * What is kept under which key, all of one hash slot, so that a script may reach any of them. `p` is the prefix, `{loopforge}:`.
 *
 * | key | type | holds |
 * |---|---|---|
 * | p schema | string | the version of this layout |
 * | p head:RECORD | hash | version, state, updated_at and the head as JSON text, of which the others are copies |
 * | p ledger:RECORD | list | the entries in order, each as its hash, a line break and its text |
 * | p keys:RECORD | hash | idempotency key → first and last seq that were written under it |
 * | p ledgers | sorted set | ids of all records that have a ledger |
 * | p all, p state:STATE | sorted set | updated_at, a line break and the record's id |
 * | p link:LINK | set | record ids |
 * | p users | hash | user id → person |
 * | p person:PERSON | hash | user_id, login, type, salt (hex) |
 * | p items:COLLECTION | hash | id → when it expires (milliseconds, or nothing), a line break and the value as JSON text |
 * | p expiring | sorted set | by when they expire: the length of a collection's name, a colon, the name, and an item's id |
 * | p facts:ENTITY | hash | fact's key → expiry (milliseconds), `at`, `receivedAt` and the value as JSON text, a line each |
 * | p entities | sorted set | entities that have facts |
 * | p entities-expiring | sorted set | the same, by when the last of their facts expires |
 *
 * Facts have no expiry of Redis's own (EXPIRE): a server with a `volatile-` policy would evict them when its memory is full.
 *
 * The scores of the lists are all 0: Redis then orders members by their bytes, which is the very order that every store lists in.
 */
export const SCHEMA_VERSION = 2;

const PRELUDE = "local p = KEYS[1]\n";

/** Says which layout is there, after making it known where there is none yet. */
export const OPEN = `${PRELUDE}
redis.call('SET', p .. 'schema', ARGV[1], 'NX')
return redis.call('GET', p .. 'schema')
`;

/** Notes a newer layout, where nobody has noted one that is newer still. */
export const NOTE_SCHEMA = `${PRELUDE}
if tonumber(redis.call('GET', p .. 'schema')) < tonumber(ARGV[1]) then redis.call('SET', p .. 'schema', ARGV[1]) end
`;

/** Puts a head in the place of the one that was read, if that is still there. */
export const REPLACE_HEAD = `${PRELUDE}
local head = p .. 'head:' .. ARGV[1]
if redis.call('HGET', head, 'head') ~= ARGV[2] then return 0 end
redis.call('HSET', head, 'head', ARGV[3])
return 1
`;

/**
 * One append. Redis undoes nothing of a script that fails half way: whatever may refuse the write is asked before anything is
 * written. Lists of arguments come each after their length.
 */
export const APPEND = `${PRELUDE}
local id, expected, version, state, updated_at, head_text = unpack(ARGV, 1, 6)
local first, last, remove, has_key, idempotency_key = unpack(ARGV, 7, 11)
local head, ledger, keys = p .. 'head:' .. id, p .. 'ledger:' .. id, p .. 'keys:' .. id

if has_key == '1' then
  local before = redis.call('HGET', keys, idempotency_key)
  if before then return { 'replayed', before } end
end
local kept = redis.call('HMGET', head, 'version', 'state', 'updated_at')
local length = redis.call('LLEN', ledger)
if expected == '0' then
  if kept[1] then return { 'conflict' } end
  if length > 0 then return { 'taken' } end
elseif kept[1] ~= expected then
  return { 'conflict' }
end
if length ~= tonumber(first) - 1 then return { 'ledger', tostring(length) } end

local at = 12
local function each(call)
  local count = tonumber(ARGV[at])
  for i = at + 1, at + count do call(ARGV[i]) end
  at = at + count + 1
end
local function out_of(index) redis.call('ZREM', p .. index, kept[3] .. '\\n' .. id) end
local function into(index) redis.call('ZADD', p .. index, 0, updated_at .. '\\n' .. id) end
local moves = remove == '1' or kept[2] ~= state or kept[3] ~= updated_at

if kept[1] and moves then
  out_of('all')
  out_of('state:' .. kept[2])
end
if remove == '1' then
  redis.call('DEL', head)
else
  redis.call('HSET', head, 'version', version, 'state', state, 'updated_at', updated_at, 'head', head_text)
  if moves then
    into('all')
    into('state:' .. state)
  end
end
if expected == '0' then redis.call('ZADD', p .. 'ledgers', 0, id) end
each(function(entry) redis.call('RPUSH', ledger, entry) end)
each(function(link) redis.call('SREM', p .. 'link:' .. link, id) end)
each(function(link) redis.call('SADD', p .. 'link:' .. link, id) end)
if has_key == '1' then redis.call('HSET', keys, idempotency_key, first .. ' ' .. last) end
return { 'written', first .. ' ' .. last }
`;

/** A stretch of a ledger, and how many entries stand before it. A limit below 0 is none. */
export const ENTRIES = `${PRELUDE}
local ledger = p .. 'ledger:' .. ARGV[1]
local from, limit = tonumber(ARGV[2]), tonumber(ARGV[3])
local to = redis.call('LLEN', ledger)
if limit >= 0 and ARGV[4] == '1' then from = math.max(from, to - limit) end
if limit >= 0 then to = math.min(to, from + limit) end
if from >= to then return { from, {} } end
return { from, redis.call('LRANGE', ledger, from, to - 1) }
`;

/** So many heads that come after a place in an index, each after its place. */
export const HEADS = `${PRELUDE}
local members = redis.call('ZRANGEBYLEX', p .. ARGV[1], ARGV[2], '+', 'LIMIT', 0, ARGV[3])
local found = {}
for i, member in ipairs(members) do
  local id = string.match(member, '\\n(.*)$')
  found[i] = { member, redis.call('HGET', p .. 'head:' .. id, 'head') }
end
return found
`;

export const IDENTIFY = `${PRELUDE}
local user, offered, login, type, salt = unpack(ARGV)
local person = redis.call('HGET', p .. 'users', user)
if not person then
  redis.call('HSET', p .. 'person:' .. offered, 'user_id', user, 'login', login, 'type', type, 'salt', salt)
  redis.call('HSET', p .. 'users', user, offered)
  return offered
end
local known = redis.call('HMGET', p .. 'person:' .. person, 'login', 'type')
if known[1] ~= login or known[2] ~= type then
  redis.call('HSET', p .. 'person:' .. person, 'login', login, 'type', type)
end
return person
`;

export const FORGET = `${PRELUDE}
local user = redis.call('HGET', p .. 'person:' .. ARGV[1], 'user_id')
if not user then return 0 end
redis.call('DEL', p .. 'person:' .. ARGV[1])
redis.call('HDEL', p .. 'users', user)
return 1
`;

const EXPIRING = `
local function expiring(collection, id) return #collection .. ':' .. collection .. id end
`;

/** Takes some of what has expired away on the way. */
export const PUT_ITEM = `${PRELUDE}${EXPIRING}
local collection, id, text, expires, now = unpack(ARGV)
for _, member in ipairs(redis.call('ZRANGEBYSCORE', p .. 'expiring', '-inf', now, 'LIMIT', 0, 100)) do
  local length, rest = string.match(member, '^(%d+):(.*)$')
  redis.call('HDEL', p .. 'items:' .. string.sub(rest, 1, length), string.sub(rest, length + 1))
  redis.call('ZREM', p .. 'expiring', member)
end
redis.call('HSET', p .. 'items:' .. collection, id, expires .. '\\n' .. text)
if expires == '' then
  redis.call('ZREM', p .. 'expiring', expiring(collection, id))
else
  redis.call('ZADD', p .. 'expiring', expires, expiring(collection, id))
end
`;

export const DELETE_ITEM = `${PRELUDE}${EXPIRING}
local collection, id = unpack(ARGV)
redis.call('HDEL', p .. 'items:' .. collection, id)
redis.call('ZREM', p .. 'expiring', expiring(collection, id))
`;

const FACTS = `
local function lives_until(entity, expires)
  local known = redis.call('ZSCORE', p .. 'entities-expiring', entity)
  if not known or tonumber(known) < tonumber(expires) then
    redis.call('ZADD', p .. 'entities-expiring', expires, entity)
  end
end
local function parts(kept) return string.match(kept, '^(%-?%d+)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$') end
-- Lua compares texts by the server's locale, which makes no difference to times.
local function is_less(a, b)
  for i = 1, math.min(#a, #b) do
    if string.byte(a, i) ~= string.byte(b, i) then return string.byte(a, i) < string.byte(b, i) end
  end
  return #a < #b
end
`;

/**
 * Of two facts with the same key the earlier stays, with the later expiry. Takes some of the entities away of which every fact has
 * expired.
 */
export const ADD_FACTS = `${PRELUDE}${FACTS}
local expires, now = ARGV[1], ARGV[2]
for i = 3, #ARGV, 5 do
  local entity, key, at, received_at, value = unpack(ARGV, i, i + 4)
  local facts, fact_expires = p .. 'facts:' .. entity, expires
  local kept = redis.call('HGET', facts, key)
  if kept then
    local kept_expires, kept_at, kept_received_at, kept_value = parts(kept)
    local is_earlier = at < kept_at or (at == kept_at and (received_at < kept_received_at
      or (received_at == kept_received_at and is_less(value, kept_value))))
    if not is_earlier then at, received_at, value = kept_at, kept_received_at, kept_value end
    if tonumber(kept_expires) > tonumber(expires) then fact_expires = kept_expires end
  else
    redis.call('ZADD', p .. 'entities', 0, entity)
  end
  local fact = fact_expires .. '\\n' .. at .. '\\n' .. received_at .. '\\n' .. value
  if fact ~= kept then
    redis.call('HSET', facts, key, fact)
    lives_until(entity, fact_expires)
  end
end
for _, entity in ipairs(redis.call('ZRANGEBYSCORE', p .. 'entities-expiring', '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('DEL', p .. 'facts:' .. entity)
  redis.call('ZREM', p .. 'entities', entity)
  redis.call('ZREM', p .. 'entities-expiring', entity)
end
`;

/** What has expired stays so. */
export const RENEW_FACTS = `${PRELUDE}${FACTS}
local expires, now, entity = unpack(ARGV)
local facts = p .. 'facts:' .. entity
local flat = redis.call('HGETALL', facts)
for i = 1, #flat, 2 do
  local kept_expires, at, received_at, value = parts(flat[i + 1])
  if tonumber(kept_expires) > tonumber(now) and tonumber(kept_expires) < tonumber(expires) then
    redis.call('HSET', facts, flat[i], expires .. '\\n' .. at .. '\\n' .. received_at .. '\\n' .. value)
    lives_until(entity, expires)
  end
end
`;
