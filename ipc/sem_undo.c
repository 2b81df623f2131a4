/*
 * SEM_UNDO: what a task has done to semaphores is taken back when it ends, or when the last does that shares its undo list.
 *
 * Invariants: a set has one sem_undo at most for each list; a list counts the tasks that have it, and each of them has its exit work.
 */
#include "ipc/sem.h"
#include "mm/kmalloc.h"

struct undo_list {
	u32 refs;                      /* tasks */
	struct list undos;             /* struct sem_undo, the last one used first */
};

void sem_undo_free(struct sem_undo *undo)
{
	list_remove(&undo->of_set);
	list_remove(&undo->of_tasks);
	pieces_free(undo, sizeof(*undo), undo->set->count * sizeof(i16));
}

/* The last task's adjustments are made: values end up between 0 and SEMVMX, as on Linux. */
static void task_ends(struct exit_work *work)
{
	struct undo_list *list = container_of(work, struct task, undo_work)->undos;
	struct sem_undo *undo, *next;

	if (--list->refs)
		return;
	list_for_each_safe(undo, next, &list->undos, of_tasks) {
		struct sem_set *set = undo->set;

		for (i32 i = 0, value; i < set->count; i++) {
			value = sem_at(set, i)->value + *sem_adjustment(undo, i);
			if (*sem_adjustment(undo, i))
				*sem_at(set, i) = (struct sem){ MIN(MAX(value, 0), SEMVMX), current->pid };
		}
		sem_undo_free(undo);
		sem_changed(set, NULL, 0, true);
	}
	kfree(list);
}

static void list_join(struct undo_list *list, struct task *task)
{
	list->refs++;
	task->undos = list;
	task->undo_work.run = task_ends;
	task_add_exit_work(task, &task->undo_work);
}

/* The running task has one afterwards. */
static int list_need(void)
{
	struct undo_list *list;

	if (current->undos)
		return 0;
	list = kzalloc(sizeof(*list));
	if (!list)
		return -ENOMEM;
	list_init(&list->undos);
	list_join(list, current);
	return 0;
}

int sem_undo_share(struct task *child)
{
	int error = list_need();

	if (!error)
		list_join(current->undos, child);
	return error;
}

int sem_undo_find(struct sem_set *set, struct sem_undo **out)
{
	struct list *undos;
	struct sem_undo *undo;

	if (list_need())
		return -ENOMEM;
	undos = &current->undos->undos;
	list_for_each(undo, undos, of_tasks)
		if (undo->set == set)
			break;
	if (&undo->of_tasks == undos) {
		undo = pieces_create(sizeof(*undo), set->count * sizeof(i16));
		if (!undo)
			return -ENOMEM;
		undo->set = set;
		list_init(&undo->of_tasks);
		list_push_back(&set->undos, &undo->of_set);
	}
	list_remove(&undo->of_tasks);
	list_push_front(undos, &undo->of_tasks);
	*out = undo;
	return 0;
}
