#!/bin/bash
# A job array on a Slurm cluster: each task measures its share of the recordings into a library of its own.
#
#   sbatch --array=1-16 pipelines/slurm_array.sh /shared/recordings /shared/library [options of gait batch]
#
# and when all tasks have ended, put the shares together (from any node):
#
#   gait pool /shared/library/share-* -o /shared/library
#
# A task that ran out of time, or whose node died, is submitted again with the same line: what is done stays done.
#SBATCH --job-name=gait
#SBATCH --array=1-16
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=08:00:00
#SBATCH --signal=TERM@120
#SBATCH --output=gait-%A-%a.log
set -eu
recordings=$1
library=$2
shift 2
share=$SLURM_ARRAY_TASK_ID
workers=${SLURM_CPUS_PER_TASK:-1}

# Two minutes before the end of the time, stop in good order. exec: the signal goes to gait itself. Since Slurm 22.05
# srun does not take the number of processors from the job any more: it is told.
exec srun --ntasks=1 --cpus-per-task="$workers" gait batch "$recordings" -o "$library/share-$share" \
    --shard "$share/$SLURM_ARRAY_TASK_COUNT" --workers "$workers" "$@"
