"""Scripts that may touch what they declare, and nothing else: Redis by itself lets undeclared keys pass."""

GUARD = """
local real, declared = redis, {}
for _, key in ipairs(KEYS) do declared[key] = true end
local redis = {error_reply = real.error_reply, sha1hex = real.sha1hex, call = function(name, key, ...)
  if not declared[key] then error('undeclared: ' .. name .. ' ' .. tostring(key)) end
  return real.call(name, key, ...)
end}
"""


def only_declared(script: str) -> str:
    """The script, which fails at a key that it does not declare."""
    return GUARD + script
