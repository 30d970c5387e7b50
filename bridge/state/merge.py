"""The script that writes rows of a hash that is kept in pages, see `state/pages.py`.

Each page that a change touches is read once and written once: how many pages there are in the end is known before any
row moves."""

from collections.abc import Mapping

from bridge.state.pages import ROWS, hash_of

DROPPED = "\x01"
"""Instead of the value of a row that goes; no value reads so, see `pages.escaped`."""

MERGE = (
    f"local ROWS, DROPPED = {ROWS}, {ord(DROPPED)}"
    + """
local BLOCK = 1000  -- arguments of one command: Lua has room for some thousands
local gmatch, find, sub = string.gmatch, string.find, string.sub
local ROW, MARK, STEM = '((\\n[^\\t]*\\t)[^\\n]*)', '^\\n[^\\t]*\\t', '^(\\n[^\\t]-)[^\\t]?\\t'
local hashes = {}
local function in_blocks(command, key, all)
  local told = {}
  for i = 1, #all, BLOCK do
    told[#told + 1] = redis.call(command, key, unpack(all, i, math.min(i + BLOCK - 1, #all)))
  end
  return told
end
local function values(key, fields)
  local found = {}
  for _, block in ipairs(in_blocks('HMGET', key, fields)) do
    for _, value in ipairs(block) do found[#found + 1] = value end
  end
  return found
end
local function low_of(pages)
  local low = 1
  while 2 * low <= pages do low = 2 * low end
  return low
end
local function place_of(hash, pages, low)
  local page = hash % (2 * low)
  return page < pages and page or page - low
end
local function hash_of(stem)
  hashes[stem] = hashes[stem] or tonumber(sub(redis.sha1hex(stem), 1, 8), 16)
  return hashes[stem]
end
local function read(key, pages, texts)
  local asked = {}
  for page in pairs(pages) do
    if not texts[page] then asked[#asked + 1] = page end
  end
  for i, text in ipairs(values(key, asked)) do texts[asked[i]] = text or '' end
end
local function with(text, block)
  local fresh, more, grown, known = {}, {}, 0, false
  for row, mark in gmatch(block, ROW) do
    local gone = string.byte(row, -1) == DROPPED
    if find(text, mark, 1, true) then
      fresh[mark], known = gone and '' or row, true
      if gone then grown = grown - 1 end
    elseif not gone then
      more[#more + 1], grown = row, grown + 1
    end
  end
  if known then text = string.gsub(text, '(\\n[^\\t]*\\t)[^\\n]*', fresh) end
  return text .. table.concat(more), grown
end
local function split(key, texts, before, pages)
  local low, split, moved = low_of(before), {}, {}
  for page = before, pages - 1 do
    if page == 2 * low then low = page end
    if page - low < before then split[page - low] = true end
  end
  read(key, split, texts)
  low = low_of(pages)
  for page in pairs(split) do
    local last, rows
    moved[page] = moved[page] or {}
    for row, mark in gmatch(texts[page], ROW) do
      local stem = sub(mark, 2, -3)
      if stem ~= last then
        local to = place_of(hash_of(stem), pages, low)
        rows, last = moved[to] or {}, stem
        moved[to] = rows
      end
      rows[#rows + 1] = row
    end
  end
  for page, rows in pairs(moved) do texts[page] = table.concat(rows) end
end
local function merge(key, news)
  local head = redis.call('HMGET', key, '\\0pages', '\\0count')
  local before, count = tonumber(head[1] or 1), tonumber(head[2] or 0)
  local low, texts, places, touched, grown, puts, drops = low_of(before), {}, {}, {}, 0, {}, {}
  for i = 1, #news, 3 do
    places[i] = place_of(news[i], before, low)
    touched[places[i]] = true
  end
  read(key, touched, texts)
  for i = 1, #news, 3 do
    local page, block, more = places[i], news[i + 1], news[i + 2]
    local known = more == 0 or find(texts[page], string.match(block, more == 1 and MARK or STEM), 1, true)
    if known then texts[page], more = with(texts[page], block) else texts[page] = texts[page] .. block end
    grown = grown + more
  end
  local pages = math.max(before, math.ceil((count + grown) / ROWS))
  if pages > before then split(key, texts, before, pages) end
  for page, text in pairs(texts) do
    if text == '' then drops[#drops + 1] = page else puts[#puts + 1], puts[#puts + 2] = page, text end
  end
  in_blocks('HSET', key, puts)
  in_blocks('HDEL', key, drops)
  if grown ~= 0 then redis.call('HSET', key, '\\0count', count + grown, '\\0pages', pages) end
  return pages
end
"""
)
"""news: what `in_rows` says of one hash. Returns how many pages there are then."""


def in_rows(rows: Mapping[str, str | None]) -> list[str | int]:
    """Name → value, or None for a row that goes → of each stem its hash, the rows as they stand, and how many; 0: some
    of them go."""
    texts: dict[bytes, str] = {}
    less = set[bytes]()
    for name, value in rows.items():
        stem = name.encode()[:-1]
        if value is None:
            less.add(stem)
        texts[stem] = f"{texts.get(stem, '')}\n{name}\t{DROPPED if value is None else value}"
    found: list[str | int] = []
    for stem, text in texts.items():
        found += (hash_of(stem), text, 0 if stem in less else text.count("\n"))
    return found
