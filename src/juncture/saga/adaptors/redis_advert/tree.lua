-- A tree of adverts in one Redis database: every call is one run of this script, hence atomic.
--
-- KEYS[1] is the prefix of all keys, ARGV[1] the operation, ARGV[2] the number of the database, and
-- what follows is the operation's own. With the prefix P:
--   P:n<path>  hash: `k` kind (d, e), `v` version of the last change, `w` version of the last change
--              that watchers are told, `o` object, `y` its type, `a<key>` an attribute
--   P:c<path>  sorted set: the names in a directory
--   P:t        sorted set: <path> or <path> NUL <key> -> when it ends, in ms of the server's clock
--   P:v        the last version; versions grow, and go on growing when the data is lost
-- A reply begins with `ok`, or says what is wrong and with which path.
--
-- What changes something begins with a write that takes memory: where the server refuses it
-- (no memory, read-only, no permission) nothing has happened yet. Whatever has ended by the clock is
-- removed before anything else, so nobody sees it. Changes are published on the channel of their
-- path and on that of the directory they are in: version NUL event NUL name NUL value.

local P, db = KEYS[1], ARGV[2]
local NODE, KIDS, ENDS, CLOCK = P .. ':n', P .. ':c', P .. ':t', P .. ':v'
local clock = redis.call('TIME')
local now_us = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local now = math.floor(now_us / 1000)
local stale = {}  -- what has ended and cannot be removed, because the server takes no changes

local function bump(may_fail)
  local last = tonumber(redis.call('GET', CLOCK) or '0')
  local version = string.format('%.0f', math.max(last + 1, now_us))
  local set = may_fail and redis.pcall or redis.call
  set('SET', CLOCK, version)
  return version
end

local function cut(path)
  local folder, name = string.match(path, '^(.*)/([^/]*)$')
  return folder == '' and '/' or folder, name
end

local function under(path, name)
  return path == '/' and '/' .. name or path .. '/' .. name
end

local function is_below(path, top)
  return top == '/' or string.sub(path, 1, #top + 1) == top .. '/'
end

local function has_ended(path)
  for _, ended in ipairs(stale) do
    if path == ended or is_below(path, ended) then return true end
  end
  return false
end

local function kind(path)
  if path == '/' then return 'd' end
  if has_ended(path) then return false end
  return redis.call('HGET', NODE .. path, 'k')
end

local function tell(path, version, event, name, value)
  if event ~= 'd' then redis.pcall('HSET', NODE .. path, 'w', version) end
  local text = version .. '\0' .. event .. '\0' .. name .. '\0' .. value
  redis.call('PUBLISH', P .. ':' .. db .. ':' .. redis.sha1hex(path), text)
end

local function changed(path, version, event, name, value)
  redis.pcall('HSET', NODE .. path, 'v', version)
  tell(path, version, event, name, value)
  if path ~= '/' then
    local folder, own = cut(path)
    tell(folder, version, '~', own, '')
  end
end

local function create(path, what, version)
  local folder, name = cut(path)
  redis.call('HSET', NODE .. path, 'k', what, 'v', version)
  redis.call('ZADD', KIDS .. folder, 0, name)
  tell(path, version, 'n', '', '')
  tell(folder, version, '+', name, '')
end

local function make_parents(path, version, wanted)
  local folder = cut(path)
  local found = kind(folder)
  if found == 'd' then return nil end
  if found then return {'notdir', folder} end
  if not wanted then return {'noparent', folder} end
  local wrong = make_parents(folder, version, wanted)
  if wrong then return wrong end
  create(folder, 'd', version)
  return nil
end

local function drop(path, version)
  for _, name in ipairs(redis.call('ZRANGE', KIDS .. path, 0, -1)) do
    drop(under(path, name), version)
  end
  for _, field in ipairs(redis.call('HKEYS', NODE .. path)) do
    if string.sub(field, 1, 1) == 'a' then
      redis.call('ZREM', ENDS, path .. '\0' .. string.sub(field, 2))
    end
  end
  redis.call('DEL', NODE .. path, KIDS .. path)
  redis.call('ZREM', ENDS, path)
  local folder, name = cut(path)
  redis.call('ZREM', KIDS .. folder, name)
  tell(path, version, 'd', '', '')
  tell(folder, version, '-', name, '')
end

local function reap()
  local due = redis.call('ZRANGEBYSCORE', ENDS, '-inf', now)
  if #due == 0 then return end
  local refused = redis.pcall('ZREM', ENDS, '')
  if type(refused) == 'table' and refused.err then
    stale = due
    return
  end
  for _, member in ipairs(due) do
    local path, key = string.match(member, '^([^%z]*)%z(.*)$')
    redis.call('ZREM', ENDS, member)
    if not path then
      if kind(member) then drop(member, bump(true)) end
    elseif redis.call('HDEL', NODE .. path, 'a' .. key) == 1 then
      changed(path, bump(true), 'a', key, '')
    end
  end
end

local function arm(member, ms)
  if ms == '' then
    redis.call('ZREM', ENDS, member)
    return
  end
  local ending = now + tonumber(ms)
  local first = redis.call('ZRANGE', ENDS, 0, 0, 'WITHSCORES')
  redis.call('ZADD', ENDS, string.format('%.0f', ending), member)
  if not first[1] or ending < tonumber(first[2]) then
    redis.call('PUBLISH', P .. ':' .. db .. ':ends', ms)
  end
end

local function left(member)
  local ending = redis.call('ZSCORE', ENDS, member)
  return ending and string.format('%.0f', math.max(1, tonumber(ending) - now)) or ''
end

local function carry(source, target, version)
  create(target, kind(source), version)
  local fields = redis.call('HGETALL', NODE .. source)
  for at = 1, #fields, 2 do
    local field = fields[at]
    if field ~= 'k' and field ~= 'v' and field ~= 'w' then
      redis.call('HSET', NODE .. target, field, fields[at + 1])
    end
    if string.sub(field, 1, 1) == 'a' then
      local key = '\0' .. string.sub(field, 2)
      arm(target .. key, left(source .. key))
    end
  end
  arm(target, left(source))
  for _, name in ipairs(redis.call('ZRANGE', KIDS .. source, 0, -1)) do
    carry(under(source, name), under(target, name), version)
  end
end

-- Return where a name lands at a target, or what is wrong with that; nothing is changed.
local function landing(name, what, target, flags)
  if kind(target) == 'd' then target = under(target, name) end
  local there = kind(target)
  if there and (there == 'd' or what == 'd' or not string.find(flags, 'o')) then
    return target, {'exists', target}
  end
  return target, nil
end

local function settle(target, version, flags)
  local wrong = make_parents(target, version, string.find(flags, 'p'))
  if not wrong and kind(target) then drop(target, version) end
  return wrong
end

local ops = {}

-- flags: c create, x exclusive, p parents, t truncate
function ops.open(path, wanted, flags)
  local found = kind(path)
  if found then
    if string.find(flags, 'x') then return {'exists', path} end
    if wanted ~= '*' and found ~= wanted then
      return {found == 'd' and 'isdir' or 'notdir', path}
    end
    if string.find(flags, 't') and found == 'e' then
      local version = bump()
      for _, field in ipairs(redis.call('HKEYS', NODE .. path)) do
        local first, key = string.sub(field, 1, 1), string.sub(field, 2)
        if first == 'a' then
          redis.call('HDEL', NODE .. path, field)
          redis.call('ZREM', ENDS, path .. '\0' .. key)
          changed(path, version, 'a', key, '')
        elseif first == 'o' then
          redis.call('HDEL', NODE .. path, 'o', 'y')
          changed(path, version, 'o', '', '')
        end
      end
    end
    return {'ok', found}
  end
  if not string.find(flags, 'c') then return {'absent', path} end
  local version = bump()
  local wrong = make_parents(path, version, string.find(flags, 'p'))
  if wrong then return wrong end
  local what = wanted == 'd' and 'd' or 'e'
  create(path, what, version)
  return {'ok', what}
end

function ops.stat(path)
  local found = kind(path)
  if not found then return {'absent', path} end
  local more = redis.call('HMGET', NODE .. path, 'v', 'y')
  return {'ok', found, more[1] or '0', more[2] or ''}
end

function ops.exists(path)
  return {'ok', kind(path) and '1' or '0'}
end

function ops.put(path, key, value, ms)
  if not kind(path) then return {'absent', path} end
  local field, member = 'a' .. key, path .. '\0' .. key
  local before = redis.call('HGET', NODE .. path, field)
  if before ~= value then
    local version = bump()
    redis.call('HSET', NODE .. path, field, value)
    changed(path, version, 'a', key, value)
  end
  if ms ~= left(member) then arm(member, ms) end
  return {'ok'}
end

function ops.get(path, key)
  if not kind(path) then return {'absent', path} end
  local value = redis.call('HGET', NODE .. path, 'a' .. key)
  if not value or has_ended(path .. '\0' .. key) then return {'noattr', path, key} end
  return {'ok', value}
end

function ops.unset(path, key)
  if not kind(path) then return {'absent', path} end
  if redis.call('HEXISTS', NODE .. path, 'a' .. key) == 0 then return {'noattr', path, key} end
  local version = bump(true)
  redis.call('HDEL', NODE .. path, 'a' .. key)
  redis.call('ZREM', ENDS, path .. '\0' .. key)
  changed(path, version, 'a', key, '')
  return {'ok'}
end

function ops.fields(path)
  if not kind(path) then return {'absent', path} end
  local found, reply = redis.call('HGETALL', NODE .. path), {'ok'}
  for at = 1, #found, 2 do
    local key = string.sub(found[at], 2)
    if string.sub(found[at], 1, 1) == 'a' and not has_ended(path .. '\0' .. key) then
      reply[#reply + 1] = key
      reply[#reply + 1] = found[at + 1]
    end
  end
  return reply
end

function ops.keep(path, value, what)
  local found = kind(path)
  if not found then return {'absent', path} end
  if found == 'd' then return {'isdir', path} end
  if redis.call('HGET', NODE .. path, 'o') == value then return {'ok'} end
  local version = bump()
  redis.call('HSET', NODE .. path, 'o', value, 'y', what)
  changed(path, version, 'o', what, '')
  return {'ok'}
end

function ops.object(path)
  if not kind(path) then return {'absent', path} end
  local value = redis.call('HGET', NODE .. path, 'o')
  return value and {'ok', value} or {'noobject', path}
end

function ops.forget(path)
  if not kind(path) then return {'absent', path} end
  if redis.call('HEXISTS', NODE .. path, 'o') == 0 then return {'noobject', path} end
  local version = bump(true)
  redis.call('HDEL', NODE .. path, 'o', 'y')
  changed(path, version, 'o', '', '')
  return {'ok'}
end

function ops.ttl(path, ms)
  if path == '/' then return {'root', path} end
  if not kind(path) then return {'absent', path} end
  local version = bump()
  arm(path, ms)
  changed(path, version, 't', '', ms)
  return {'ok'}
end

function ops.left(path)
  if not kind(path) then return {'absent', path} end
  return {'ok', left(path)}
end

local function names(path, from, to)
  local found = kind(path)
  if not found then return {'absent', path} end
  if found ~= 'd' then return {'notdir', path} end
  return {'ok', redis.call('ZRANGE', KIDS .. path, from, to)}
end

function ops.list(path) return names(path, 0, -1) end

function ops.nth(path, number) return names(path, number, number) end

function ops.count(path)
  local found = kind(path)
  if not found then return {'absent', path} end
  if found ~= 'd' then return {'notdir', path} end
  return {'ok', redis.call('ZCARD', KIDS .. path)}
end

-- Return relative path, type of the object for each; `deep` is 1 for what is below, too.
function ops.walk(path, deep)
  local found = kind(path)
  if not found then return {'absent', path} end
  if found ~= 'd' then return {'notdir', path} end
  local reply = {'ok'}
  local function visit(folder, head)
    for _, name in ipairs(redis.call('ZRANGE', KIDS .. folder, 0, -1)) do
      local full = under(folder, name)
      if not has_ended(full) then
        local more = redis.call('HMGET', NODE .. full, 'k', 'y')
        reply[#reply + 1] = head .. name
        reply[#reply + 1] = more[2] or ''
        if deep == '1' and more[1] == 'd' then visit(full, head .. name .. '/') end
      end
    end
  end
  visit(path, '')
  return reply
end

local function has_changed(path, since)
  if tonumber(redis.call('HGET', NODE .. path, 'w') or '0') > since then return true end
  for _, name in ipairs(redis.call('ZRANGE', KIDS .. path, 0, -1)) do
    if has_changed(under(path, name), since) then return true end
  end
  return false
end

-- flags: r recursive; `since`: the version after which nothing may have changed, or nothing
function ops.remove(path, flags, since)
  if path == '/' then return {'root', path} end
  if not kind(path) then return {'absent', path} end
  if not string.find(flags, 'r') and redis.call('EXISTS', KIDS .. path) == 1 then
    return {'full', path}
  end
  if since and has_changed(path, tonumber(since)) then return {'changed', path} end
  drop(path, bump(true))
  return {'ok'}
end

-- flags: o overwrite, r recursive, p parents, m move
function ops.copy(source, target, flags)
  local what, moves = kind(source), string.find(flags, 'm')
  if not what then return {'absent', source} end
  if source == '/' then return {'root', source} end
  if what == 'd' and not moves and not string.find(flags, 'r') then return {'tree', source} end
  if target == source then return {'same', source} end
  local _, name = cut(source)
  local place, wrong = landing(name, what, target, flags)
  if place == source then return {'same', source} end
  if is_below(place, source) then return {'inside', source} end
  if wrong then return wrong end
  local version = bump()
  wrong = settle(place, version, flags)
  if wrong then return wrong end
  carry(source, place, version)
  if moves then drop(source, version) end
  return {'ok', place}
end

-- Return the last version, and everything of a tree: relative path, kind, ms left, {field, value, ms
-- left, ...} for each.
function ops.export(path)
  if not kind(path) then return {'absent', path} end
  local reply = {'ok', redis.call('GET', CLOCK) or '0'}
  local function visit(full, relative)
    local found, fields = redis.call('HGETALL', NODE .. full), {}
    for at = 1, #found, 2 do
      local field = found[at]
      if field ~= 'k' and field ~= 'v' and field ~= 'w' then
        local key = full .. '\0' .. string.sub(field, 2)
        fields[#fields + 1] = field
        fields[#fields + 1] = found[at + 1]
        fields[#fields + 1] = string.sub(field, 1, 1) == 'a' and left(key) or ''
      end
    end
    reply[#reply + 1] = {relative, kind(full), left(full), fields}
    for _, name in ipairs(redis.call('ZRANGE', KIDS .. full, 0, -1)) do
      visit(under(full, name), relative .. '/' .. name)
    end
  end
  visit(path, '')
  return reply
end

-- Make what `export` told: its arguments follow flat, each with the number of its fields.
function ops.import(target, name, flags)
  local place, wrong = landing(name, ARGV[7], target, flags)
  if wrong then return wrong end
  local version = bump()
  wrong = settle(place, version, flags)
  if wrong then return wrong end
  local at = 6
  while at <= #ARGV do
    local path, ms, count = place .. ARGV[at], ARGV[at + 2], tonumber(ARGV[at + 3])
    create(path, ARGV[at + 1], version)
    arm(path, ms)
    at = at + 4
    for _ = 1, count do
      redis.call('HSET', NODE .. path, ARGV[at], ARGV[at + 1])
      if ARGV[at + 2] ~= '' then
        arm(path .. '\0' .. string.sub(ARGV[at], 2), ARGV[at + 2])
      end
      at = at + 3
    end
  end
  return {'ok', place}
end

-- Return what watchers compare: the version of each path's last change, 0 where nothing is.
function ops.versions(...)
  local reply = {'ok'}
  for _, path in ipairs({...}) do
    reply[#reply + 1] = kind(path) and redis.call('HGET', NODE .. path, 'w') or '0'
  end
  return reply
end

-- Return the ms until something ends, or nothing.
function ops.reap()
  local first = redis.call('ZRANGE', ENDS, 0, 0, 'WITHSCORES')
  return {'ok', first[1] and string.format('%.0f', math.max(1, tonumber(first[2]) - now)) or ''}
end

reap()
if ARGV[1] == 'import' then return ops.import(ARGV[3], ARGV[4], ARGV[5]) end
return ops[ARGV[1]](unpack(ARGV, 3))
