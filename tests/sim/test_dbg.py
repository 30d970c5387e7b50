import os
from tests.sim.play import FailedPlayError


def test_dbg(table):
    try:
        table.play(int(os.environ["SEED"]))
    except FailedPlayError as f:
        print(str(f)[-6000:])
    w = table.now.world
    c = table.now.process.context
    print("NOW", w.now)
    for sku in os.environ.get("SKUS", "A,B").split(","):
        for name in dir(c.state):
            pass
        try:
            print(sku, "LEDGER", c.state.ledger(sku) if hasattr(c.state, "ledger") else None)
        except Exception as e:
            print(e)
    r = c.state.db
    if r is not None:
        for k in sorted(r.keys()):
            t = r.type(k)
            v = {
                "hash": r.hgetall,
                "string": r.get,
                "zset": lambda k: r.zrange(k, 0, -1, withscores=True),
                "set": r.smembers,
                "list": lambda k: r.lrange(k, 0, -1),
            }.get(t, lambda k: t)
            s = str(v(k))
            print(k, s[:1500])
