"""What a monitor sees of real processes: web servers that share their counts, and a worker."""

import json
import re
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


def test_the_counts_of_all_processes_are_on_one_port_and_a_dead_worker_is_seen(real_site):
    port = free_port()
    real_site.environment["METRICS_PORT"] = str(port)
    real_site.start_web()
    site = f"http://127.0.0.1:{real_site.port}"
    assert get(f"{site}/health/live")[0] == 200
    status, body = get(f"{site}/health/ready")
    assert (status, json.loads(body)) == (503, {"is_well": False, "failing": ["worker"]})
    real_site.start_worker()
    wait_until(lambda: get(f"{site}/health/ready")[0] == 200, "the worker makes it ready")
    for number in range(20):
        assert get(f"{site}/{number}/")[0] == 404
    wait_until(lambda: get(f"http://127.0.0.1:{port}/metrics")[0] == 200, "the worker serves")
    told = get(f"http://127.0.0.1:{port}/metrics")[1]
    assert float(re.search(r'site_request_seconds_count{status="4xx"} (\S+)', told)[1]) == 20
    assert 'site_job_failed{job="mail"} 0.0' in told
