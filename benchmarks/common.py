"""What the benchmarks share: cells in a real IPython kernel, and the short mode."""

from jupyter_client.manager import start_new_kernel


def in_kernel(cells, timeout=300):
    """What these cells print, run in one kernel; an error in one of them is an error here."""
    manager, client = start_new_kernel()
    try:
        printed = []
        for code in cells:
            reply = client.execute_interactive(
                code,
                timeout=timeout,
                output_hook=lambda message: printed.append(message["content"].get("text", "")),
            )
            assert reply["content"]["status"] == "ok", reply["content"].get("traceback")
        return "".join(printed)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def add_short(parser):
    """The option that CI uses: few repetitions, which only show that it runs."""
    parser.add_argument("--short", action="store_true", help="few repetitions, as CI runs it")
