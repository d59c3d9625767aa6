"""JupyterHub on a Slurm cluster: each server is a job. Read by JupyterHub: `jupyterhub -f slurm_jupyterhub_config.py`.

Change what stands in capitals: partitions, times and the reservation are your site's. The authenticator is not set here; the
students' names must be users of the cluster, and the hub's user may run `sbatch`, `squeue` and `scancel` as them (sudo).
"""

import os
from datetime import datetime
from html import escape

import batchspawner  # noqa: F401  # receives each server's port when its job has started

c = get_config()  # noqa: F821

# Where this hub can be reached from the nodes, and where the servers' Python environment and Hebb are on them.
HUB_ADDRESS = os.environ.get("HEBB_HUB_ADDRESS", "hub.example.org")
ENVIRONMENT = os.environ.get("HEBB_HUB_ENVIRONMENT", "/shared/jupyter")

# What a student may choose. In course hours the partition is reserved and small jobs start at once; off hours jobs may be
# larger and wait for their turn. The names on the right are batchspawner's.
PROFILES = {
    "course": {
        "title": "Course hours: 1 core, 1 GB, 2 hours, starts at once",
        "req_partition": "course",
        "req_reservation": "deep-learning",
        "req_nprocs": "1",
        "req_memory": "1G",
        "req_runtime": "2:00:00",
    },
    "off-hours": {
        "title": "Off hours: 4 cores, 4 GB, 8 hours, waits for its turn",
        "req_partition": "general",
        "req_nprocs": "4",
        "req_memory": "4G",
        "req_runtime": "8:00:00",
    },
    "card": {
        "title": "Off hours with a graphics card: 4 cores, 8 GB, 4 hours",
        "req_partition": "gpu",
        "req_gres": "gpu:1",
        "req_nprocs": "4",
        "req_memory": "8G",
        "req_runtime": "4:00:00",
    },
}
# From Monday (0) to Friday (4), from the first hour to before the second.
COURSE_DAYS = range(0, 5)
COURSE_HOURS = range(8, 18)


def usual(now):
    """The profile that is offered first at this time."""
    return "course" if now.weekday() in COURSE_DAYS and now.hour in COURSE_HOURS else "off-hours"


def options_form(spawner):
    """The page on which a student chooses."""
    first = usual(datetime.now())
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if name == first else ""}>{escape(profile["title"])}</option>'
        for name, profile in PROFILES.items()
    )
    return f'<label for="profile">Where to run</label> <select class="form-control" id="profile" name="profile">{options}</select>'


def options_from_form(form):
    """What the student has chosen on it."""
    return {"profile": form.get("profile", [""])[0]}


def choose_profile(spawner):
    """Makes the choice, or the usual one, the job's. Students may send any options: none but the name of a profile counts."""
    name = spawner.user_options.get("profile") or usual(datetime.now())
    if name not in PROFILES:
        error = ValueError(f"there is no profile {name!r}: choose one of {', '.join(PROFILES)}")
        # What the hub shows to the student.
        error.jupyterhub_message = str(error)
        raise error
    spawner.user_options = {"profile": name}
    for trait in {trait for profile in PROFILES.values() for trait in profile} - {"title"}:
        setattr(spawner, trait, PROFILES[name].get(trait, ""))


c.JupyterHub.hub_connect_url = f"http://{HUB_ADDRESS}:8081"
c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
c.JupyterHub.spawner_class = "batchspawner.SlurmSpawner"
c.Spawner.options_form = options_form
c.Spawner.options_from_form = options_from_form
c.Spawner.pre_spawn_hook = choose_profile
c.Spawner.default_url = "/lab"
# A job may wait in the queue.
c.Spawner.start_timeout = 600
c.Spawner.http_timeout = 120
c.Spawner.cmd = [f"{ENVIRONMENT}/bin/jupyterhub-singleuser"]
c.SlurmSpawner.batchspawner_singleuser_cmd = f"{ENVIRONMENT}/bin/batchspawner-singleuser"
# The disk of the node is quicker than a home on the network.
c.SlurmSpawner.req_prologue = 'export HEBB_CACHE="${TMPDIR:-/tmp}/hebb-$USER"'
