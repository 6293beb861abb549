#!/bin/bash
# A batch on a Ray cluster, submitted from anywhere that reaches its head node:
#
#   pipelines/ray_job.sh http://head:8265 /shared/recordings /shared/library [options of gait batch]
#
# gait and ray are installed on every node, and both folders are mounted at the same place on all of them (or are URLs
# such as s3://). The driver, and with it the ledger, runs on the head node: give the library a disk of that machine if
# the shared one does not keep locks (NFS), and copy it afterwards.
set -eu
address=$1
recordings=$2
library=$3
shift 3
ray job submit --address "$address" --submission-id "gait-$(date +%Y%m%d-%H%M%S)" -- \
    gait batch "$recordings" -o "$library" --engine ray --address auto --log json "$@"
