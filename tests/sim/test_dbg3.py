import os, sys
from tests.sim.play import FailedPlayError
import bridge.threeplguys.client as C


def test_dbg(table, monkeypatch):
    o = C.SourceClient.breakdown_page

    def spy(self, skip, take, since, *, send=None):
        w = table.now.world
        try:
            p = o(self, skip, take, since, send=send)
        except BaseException as f:
            print(
                "   ## PAGE",
                len(table.now.trace),
                skip,
                take,
                since and since.isoformat(),
                "->",
                type(f).__name__,
                str(f)[:80],
                file=sys.__stdout__,
            )
            raise
        print(
            "   ## PAGE",
            len(table.now.trace),
            skip,
            take,
            since and since.isoformat(),
            "->",
            [(r.get("id"), r.get("sku"), str(r.get("updatedAt"))[11:23]) for r in p.rows],
            file=sys.__stdout__,
        )
        return p

    monkeypatch.setattr(C.SourceClient, "breakdown_page", spy)
    try:
        table.play(int(os.environ["SEED"]))
    except FailedPlayError as f:
        for i, l in enumerate(str(f).splitlines()):
            print(i, l)
    print(table.now.harness.source.switches)
