/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is no libFuzzer: gives every file of the folders and files named on the command line
 * to the target, once each, in the order of their names. Also runs the empty input, which no corpus
 * keeps. Exit 1 when nothing could be read, so that a lost corpus does not pass as a test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1 << 20) /* bytes; libFuzzer's own inputs are 4 KB by default */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned n_run;

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *buffer = malloc(INPUT_MAX), *exact;
	size_t n;

	if (!f || !buffer) {
		perror(path);
		free(buffer);
		if (f)
			fclose(f);
		return -1;
	}
	n = fread(buffer, 1, INPUT_MAX, f);
	fclose(f);
	/* A block of exactly this size: a read past its end is a finding of ASan. */
	exact = malloc(n ? n : 1);
	if (exact) {
		memcpy(exact, buffer, n);
		LLVMFuzzerTestOneInput(exact, n);
		n_run++;
	}
	free(exact);
	free(buffer);
	return exact ? 0 : -1;
}

static int is_file_name(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int replay_folder(const char *path)
{
	struct dirent **names = NULL;
	char file[4096];
	int n, r = 0;

	n = scandir(path, &names, is_file_name, alphasort);
	if (n < 0) {
		perror(path);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		if (snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name) >=
				(int)sizeof(file) ||
			replay_file(file) < 0)
			r = -1;
		free(names[i]);
	}
	free(names);
	return r;
}

int main(int argc, char **argv)
{
	struct stat st;
	int r = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) < 0) {
			perror(argv[i]);
			r = -1;
		} else if (S_ISDIR(st.st_mode) ? replay_folder(argv[i]) < 0
					       : replay_file(argv[i]) < 0) {
			r = -1;
		}
	}
	printf("%u inputs\n", n_run);
	return r < 0 || n_run == 0 ? 1 : 0;
}
