"""What a monitor sees of real processes: a web server, and a worker."""

import json
import urllib.error
import urllib.request

import pytest

from tests.faults.servers import free_port, wait_until

pytestmark = pytest.mark.faults


def get(address):
    """Status and body; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()
    except OSError:
        return 0, ""


def test_the_counts_are_on_a_port_of_this_machine_and_a_dead_worker_is_seen(real_site):
    port = free_port()
    real_site.environment["METRICS_PORT"] = str(port)
    real_site.start_web()
    site = f"http://127.0.0.1:{real_site.port}"
    assert get(f"{site}/health/live")[0] == 200
    status, body = get(f"{site}/health/ready")
    assert (status, json.loads(body)) == (503, {"is_well": False, "failing": ["worker"]})
    real_site.start_worker()
    wait_until(lambda: get(f"{site}/health/ready")[0] == 200, "the worker makes it ready")
    wait_until(lambda: get(f"http://127.0.0.1:{port}/metrics")[0] == 200, "the worker serves")
    told = get(f"http://127.0.0.1:{port}/metrics")[1]
    assert 'site_job_failed{job="mail"} 0.0' in told
